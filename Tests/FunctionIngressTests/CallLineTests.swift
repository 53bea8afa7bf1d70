import Testing

@testable import FunctionIngress

@Suite("The line before a function")
struct CallLineTests {
    @Test("nobody waits while nobody knows how many places there are")
    func unlimited() {
        var line = CallLine<Int>(mostWaiting: 0)
        for number in 1...100 { #expect(line.enter(number, at: 0) == .begins) }
        #expect(line.running == 100)
        #expect(line.waiting == 0)
    }

    @Test("who came first begins first, and no more than there are places")
    func order() {
        var line = CallLine<Int>(mostWaiting: 100)
        line.set(places: 2)
        let entries = (1...6).map { line.enter($0, at: Double($0)) }
        #expect(entries.filter { $0 == .begins }.count == 2)
        #expect(line.next() == nil)
        #expect(line.oldestArrival == 3)
        line.leave()
        #expect(line.next() == 3)
        #expect(line.next() == nil)
        line.set(places: 4)
        #expect(line.next() == 4)
        #expect(line.next() == 5)
        #expect(line.next() == nil)
        #expect(line.oldestArrival == 6)
        // Fewer places take nobody out; nobody begins until there are few enough.
        line.set(places: 1)
        for _ in 1...3 { line.leave() }
        #expect(line.next() == nil)
        line.leave()
        #expect(line.next() == 6)
        #expect(line.oldestArrival == nil)
    }

    @Test("a newcomer does not pass those that wait")
    func fairness() {
        var line = CallLine<Int>(mostWaiting: 100)
        line.set(places: 0)
        _ = line.enter(1, at: 0)
        line.set(places: 1)
        #expect(line.enter(2, at: 1) == .waits(2))
        #expect(line.next() == 1)
    }

    @Test("who goes away is passed over, and is found once")
    func withdrawal() {
        var line = CallLine<Int>(mostWaiting: 1_000)
        line.set(places: 0)
        let numbers = (0..<500).compactMap { number -> Int? in
            if case .waits(let place) = line.enter(number, at: Double(number)) { place } else { nil }
        }
        for number in numbers where number % 5 != 0 { #expect(line.withdraw(number) != nil) }
        #expect(line.withdraw(numbers[0]) == nil)
        #expect(line.waiting == 100)
        #expect(line.oldestArrival == 4)
        line.set(places: 1_000)
        var begun: [Int] = []
        while let next = line.next() { begun.append(next) }
        #expect(begun == (0..<100).map { 5 * $0 + 4 })
    }

    @Test("no more wait than may, except those that are not counted")
    func full() {
        var line = CallLine<Int>(mostWaiting: 2)
        line.set(places: 0)
        #expect(line.enter(1, at: 0) == .waits(1))
        #expect(line.enter(2, at: 0) == .waits(2))
        #expect(line.enter(3, at: 0) == .full)
        #expect(line.enter(4, at: 0, isCounted: false) == .waits(3))
        #expect(line.empty() == [1, 2, 4])
        #expect(line.waiting == 0)
    }
}

@Suite("Arrivals in bins")
struct ArrivalBinsTests {
    @Test("the rate of the last third is that of the arrivals in it")
    func rate() {
        var bins = ArrivalBins(from: 100)
        for number in 0..<200 { bins.add(at: 100 + Double(number) / 10) }
        for number in 0..<1_000 { bins.add(at: 120 + Double(number) / 100) }
        #expect(bins.total == 1_200)
        #expect(abs(bins.recentRate(at: 130) - 100) < 1)
    }

    @Test("a window of any length has few bins, and its rate is right to one of them", arguments: [1.0, 100, 1e5, 1e7])
    func long(_ seconds: Double) {
        var bins = ArrivalBins(from: 0)
        for number in 0..<30_000 { bins.add(at: seconds * Double(number) / 30_000) }
        #expect(bins.total == 30_000)
        #expect(abs(bins.recentRate(at: seconds) * seconds / 30_000 - 1) < 0.01)
    }

    @Test("a window of no time, or a clock that went back, has a rate all the same")
    func noTime() {
        var bins = ArrivalBins(from: 5)
        bins.add(at: 4)
        #expect(bins.recentRate(at: 5) == 0)
        #expect(bins.total == 1)
    }
}
