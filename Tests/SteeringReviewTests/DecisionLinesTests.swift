import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Steering
@testable import SteeringReview

@Suite("Decisions as lines and in words")
struct DecisionLinesTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func objects(_ path: String) throws -> [[String: Any]] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test("A line a decision, with what came of it, in the order of the decisions")
    func lines() async throws {
        let path = folder.path("decisions.jsonl")
        let journal = try SteeringJournal(
            path: folder.path("steer.sqlite"), programVersion: "test", lines: DecisionLines(path: path))
        for number in 1...3 {
            try await journal.record(Sample.decision(number), Sample.memory(number))
            // Of the second one nobody says what came of it.
            if number != 2 { try await journal.complete("resize", number, .refused(reason: "it is away")) }
        }
        try await journal.record(Sample.decision(4), Sample.memory(4))
        try await journal.close()
        let lines = try objects(path)
        #expect(lines.map { $0["number"] as? Int } == [1, 2, 3, 4])
        #expect(lines.map { $0["outcome"] as? String } == ["refused", nil, "refused", nil])
        #expect(lines[0]["reason"] as? String == "it is away")
        #expect(lines[0]["time"] as? String == "2023-11-14T22:13:30.000Z")
        let refusals = try #require(lines[0]["refusals"] as? [[String: Any]])
        #expect(refusals.first?["rail"] as? String == "step-up")
        let sighting = try #require(lines[0]["sighting"] as? [String: Any])
        #expect(sighting["arrivals"] as? Int == 12)
        #expect(sighting["response_seconds"] is NSNull)
    }

    private final class Said: Sendable {
        let texts = Mutex<[String]>([])
    }

    @Test("A file that cannot be opened is refused; lines that cannot be written cost no decision")
    func trouble() async throws {
        #expect(throws: SteeringFailure.self) { try DecisionLines(path: folder.path("no/such/folder")) }
        let said = Said()
        let journal = try SteeringJournal(
            path: folder.path("steer.sqlite"), programVersion: "test",
            lines: DecisionLines(path: "/dev/full") { text in said.texts.withLock { $0.append(text) } })
        for number in 1...3 {
            try await journal.record(Sample.decision(number), Sample.memory(number))
            try await journal.complete("resize", number, .unchanged)
        }
        #expect(said.texts.withLock { $0.count } == 1)
        #expect(try journal.history.decisions(of: "resize").count == 3)
        try await journal.close()
    }

    @Test("Words say who recommended, what the rails made of it, what was seen, and what came of it")
    func words() {
        var decision = Sample.decision(12, before: 2, asked: 5)
        #expect(
            DecisionText.line(RecordedDecision(decision, outcome: .applied(seen: .init(time: 0, asked: 5, ready: 2))))
                == "2023-11-14 22:15:20  resize 12: 2 → 5 workers: static:7 recommends 7; step-up makes 5 of 7: "
                + "3 workers more a period at most. in 10 s 12 came, 4 ended, 1 failed, 3 wait, 2 run, the oldest for 1.25 s. "
                + "The platform took it, 2 ready.")
        (decision.author, decision.fault, decision.refusals, decision.asked) = (.fallback, "it\nhangs", [], 2)
        decision.mode = .advise
        let line = DecisionText.line(RecordedDecision(decision, outcome: .advised))
        #expect(line.contains("2 workers, as before (advice): the fallback says 7, because it hangs."))
        #expect(line.contains("The platform has 2; nothing was asked for."))
        (decision.sighting, decision.blindness, decision.inputAge) = (nil, "no route", -1)
        let blind = DecisionText.line(RecordedDecision(decision))
        #expect(blind.contains("nothing could be read: no route. What came of it is not known."))
    }

    @Test("Decisions of several functions come in the order of their times, and later ones once they are there")
    func stream() async throws {
        let journal = try SteeringJournal(path: folder.path("steer.sqlite"), programVersion: "test")
        func add(_ number: Int, _ function: String, _ time: Double) async throws {
            try await journal.record(
                Sample.decision(number, of: function, at: Sample.start + time), Sample.memory(number))
        }
        for number in 1...3 {
            try await add(number, "a", 10 * Double(number))
            try await add(number, "b", 10 * Double(number) + 5)
        }
        var stream = DecisionStream(journal.history)
        var seen: [String] = []
        func drain(settledBefore: Double = .infinity) throws {
            while let next = try stream.next(settledBefore: settledBefore) {
                seen.append("\(next.decision.function)\(next.decision.number)")
            }
        }
        try drain()
        #expect(seen == ["a1", "b1", "a2", "b2", "a3", "b3"])
        try await add(4, "a", 40)
        try drain()
        #expect(seen.count == 6)
        // Not yet, since it is not known what comes of it.
        try stream.lookAgain()
        try drain(settledBefore: Sample.start + 39)
        #expect(seen.count == 6)
        try await journal.complete("a", 4, .unchanged)
        try stream.lookAgain()
        try drain(settledBefore: Sample.start + 39)
        #expect(seen.suffix(1) == ["a4"])
        try await journal.close()
    }
}
