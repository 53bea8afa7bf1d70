import Farm
import Testing

@testable import LiveFarm

@Suite("What a farm says")
struct FarmNotesTests {
    @Test("A kind is said once, with its last figures and all functions that it is about")
    func once() {
        var notes = FarmNotes()
        let answer1 = notes.add(FarmNote(.limited, about: "farm-1", "made 5 of 8"))
        #expect(answer1)
        for number in 2...9 {
            let isNew = notes.add(FarmNote(.limited, about: "farm-\(number)", "made 5 of \(number)"))
            #expect(!isNew)
        }
        let answer2 = notes.add(FarmNote(.overhead, "calls take long"))
        #expect(answer2)
        #expect(notes.take() == ["farm-1, farm-2 and 7 others: made 5 of 9", "calls take long"])
        let answer3 = notes.add(FarmNote(.limited, about: "farm-1", "made 4 of 8"))
        #expect(!answer3)
        let answer4 = notes.take().isEmpty
        #expect(answer4)
    }

    @Test("Outages are said each time")
    func events() {
        var notes = FarmNotes()
        for _ in 0..<2 {
            let answer5 = notes.add(FarmNote(.outageBegan, "away"))
            #expect(answer5)
            let answer6 = notes.add(FarmNote(.outageEnded, "back"))
            #expect(answer6)
        }
        #expect(notes.take() == ["away", "back", "away", "back"])
    }

    @Test("A short outage is not told of, a longer one once at its beginning and with its length at its end")
    func outage() {
        var outage = Outage()
        let start = ContinuousClock.now
        let answer7 = outage.go(on: "x", since: start, at: start + .milliseconds(500))
        #expect(!answer7)
        #expect(outage.end(at: start + .milliseconds(600)) == nil)
        let answer8 = outage.go(on: "x", since: start, at: start)
        #expect(!answer8)
        let answer9 = outage.go(on: "x", since: start + .seconds(2), at: start + .seconds(2))
        #expect(answer9)
        let answer10 = outage.go(on: "x", since: start + .seconds(3), at: start + .seconds(3))
        #expect(!answer10)
        #expect(outage.end(at: start + .seconds(6)) == .seconds(6))
    }
}
