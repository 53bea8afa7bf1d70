import Episodes
import Evaluation
import Farm
import FarmEnvironments
import Foundation
import Gymnasium
import TestSupport
import Testing

@testable import Steering
@testable import SteeringReview

@Suite("Reviews")
struct ReviewTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A stretch of advice: the platform has `present` workers of period k, and each period has calls.
    ///
    /// - Parameter lost: calls of which it is not known how long they would have taken.
    private func history(
        periods: Int = 60, calls: Int = 12, lost: Int = 0, mode: SteeringDecision.Mode = .advise,
        present: (Int) -> Int = { $0 < 30 ? 2 : 4 }, advised: (Int) -> Int = { 1 + $0 % 5 }
    ) async throws -> SteeringHistory {
        let path = folder.path("\(UUID().uuidString).sqlite")
        let journal = try SteeringJournal(path: path, programVersion: "test")
        try await journal.begin(Sample.settings)
        for period in 0..<periods {
            // Up to 4 s beside the grid.
            let time = Sample.start + 10 * Double(period) + (period == 0 ? 0 : Double(period % 5) - 1)
            let before = period == 0 ? present(0) : present(period - 1)
            let decision = Sample.decision(
                period + 1, at: time, before: before, asked: mode == .steer ? present(period) : advised(period),
                mode: mode, seen: mode == .steer ? before : present(period), policy: "queue-length:target=2")
            try await journal.record(decision, Sample.memory(period + 1))
            try await journal.complete("resize", period + 1, mode == .steer ? .applied(seen: nil) : .advised)
        }
        let all = (0..<periods * calls).map { (index: Int) -> ServedTask in
            let isLost = index < lost
            let arrived: Double = 10 * Double(index) / Double(calls) + Double(index * 7 % 11) * 0.05
            let service: Double = 0.3 + 0.11 * Double(index * 5 % 17)
            return ServedTask(
                function: "resize", id: "c\(index)", arrived: Sample.start + arrived, waited: 0.2,
                service: isLost ? nil : service, status: 200, deadline: index % 3 == 0 ? 1.5 : 4, met: true,
                end: isLost ? "gone" : "answered")
        }
        try await journal.record(all)
        try await journal.close()
        return try SteeringHistory(path: path)
    }

    private var request: Review.Request {
        var request = Review.Request(function: "resize")
        request.policies = "static:3,queue-length:target=2"
        return request
    }

    @Test("Agrees with an evaluation of its scenario to the last digit")
    func agrees() async throws {
        let review = try Review.run(request, in: try await history())
        #expect(review.calls == 720 && review.periods == 60 && !review.isCounted)
        #expect(review.lines.map(\.policy) == ["present", "static:3", "queue-length:target=2"])

        let file = try Scenario(yaml: review.scenario.yaml, file: "file")
        #expect(file == review.scenario)
        let text = try #require(review.presentText)
        #expect(text == "timetable:0=2,30=4")
        let runner = try EpisodeRunner(file, action: .target, reward: try RewardScheme("default"))
        let list = try PolicyList("\(text),static:3,queue-length:target=2", for: file).policies
        let result = try ComparisonRuns(
            runner, on: EvaluatedScenario(file), list, firstSeed: 1_000_001, episodes: 1
        ).run()
        let other = try Comparison(result)
        #expect(result.isOneWorkload)
        for (index, summary) in other.policies.enumerated() {
            #expect(summary.metrics == review.comparison.policies[index].metrics)
        }
        #expect(other.fixedLine.map(\.metrics) == review.comparison.fixedLine.map(\.metrics))
    }

    @Test("What the blocks add up to is what the evaluation has of the whole")
    func sums() async throws {
        let review = try Review.run(request, in: try await history(present: { $0 < 30 ? 1 : 4 }))
        #expect(review.blocks == 6)
        for (line, summary) in zip(review.lines, review.comparison.policies) {
            #expect(abs(line.qos.mean - summary.metrics[.qos].mean) < 1e-12)
            #expect(abs(line.missed.mean - 720 * (1 - summary.metrics[.qos].mean)) < 1e-6)
            #expect(abs(line.workerSeconds.mean - summary.metrics[.workerSeconds].mean) < 1e-6)
            for interval in [line.missed, line.qos, line.workerSeconds] {
                #expect(interval.low <= interval.mean && interval.mean <= interval.high)
            }
        }
        let (present, fixed) = (review.lines[0], review.lines[1])
        #expect(present.missedMore == nil)
        let more = try #require(fixed.missedMore)
        #expect(abs(more.mean - (fixed.missed.mean - present.missed.mean)) < 1e-6)
        // One worker is too few: the first half is missed, and its blocks say so.
        #expect(more.low < 0 && present.missed.mean > 0, "\(more), \(present.missed)")
    }

    @Test("The present is what was asked for, or what somebody else had asked for while advice was given")
    func present() async throws {
        for mode in SteeringDecision.Mode.allCases {
            let stretch = try RecordedStretch(
                try await history(mode: mode), of: "resize", from: -.infinity, to: .infinity)
            #expect(stretch.plan(\.present).map(\.first) == (0..<60).map { $0 < 30 ? 2 : 4 })
            if mode == .advise { #expect(stretch.plan(\.advised).map(\.first) == (0..<60).map { 1 + $0 % 5 }) }
        }
    }

    @Test("Advised numbers are played as they were written down, beyond the bounds too")
    func asAdvised() async throws {
        var request = request
        request.isAsAdvised = true
        let review = try Review.run(request, in: try await history(advised: { $0 == 7 ? 20 : 3 }))
        #expect(review.lines.map(\.policy) == ["present", "as-advised", "static:3", "queue-length:target=2"])
        #expect(review.scenario.workers.max == 20)
        #expect(review.notes.contains { $0.contains("beyond the bounds 1 to 12") })
    }

    @Test("A stretch is cut out of the journal, and its end is the last decision's")
    func stretch() async throws {
        var request = request
        (request.from, request.to) = (Sample.start + 95, Sample.start + 295)
        let review = try Review.run(request, in: try await history())
        // Decisions 11 (99 s) to 30 (293 s).
        #expect(review.begin == Sample.start + 99)
        #expect(review.periods == 20 && review.blocks == 0)
        #expect(review.calls == 240)
        #expect(review.text().contains("no intervals"))
    }

    @Test("The policy that advised is played where none is named")
    func ownPolicy() async throws {
        var request = request
        request.policies = nil
        let review = try Review.run(request, in: try await history())
        #expect(review.lines.map(\.policy) == ["present", "queue-length:target=2"])
    }

    @Test("Calls that were not answered are drawn, and the means of several episodes told")
    func drawn() async throws {
        var request = request
        request.repetitions = 3
        let review = try Review.run(request, in: try await history(lost: 40))
        #expect(review.comparison.result.episodes == 3)
        #expect(review.notes.contains { $0.contains("drawn from the others'") })
        #expect(review.calls == 720)
    }

    @Test("Without calls, as many come in each period as were counted")
    func counted() async throws {
        var request = request
        request.repetitions = 2
        let review = try Review.run(request, in: try await history(calls: 0))
        #expect(review.isCounted)
        guard case .trace(let trace) = review.scenario.arrivals else {
            Issue.record("got \(review.scenario.arrivals)")
            return
        }
        #expect(trace.isExact && trace.counts.count == 60)
        // 12 in each reading, of which the first one reaches back before the stretch.
        #expect(abs(trace.counts.reduce(0, +) - 59 * 12) <= 12)
        #expect(abs(review.scenario.stages.first.service.mean - 0.3) < 1e-9)
    }

    @Test("A stretch that has not what is needed is refused with what there is")
    func refusals() async throws {
        let history = try await history()
        func refusal(_ change: (inout Review.Request) -> Void) throws -> String {
            var changed = self.request
            change(&changed)
            do {
                _ = try Review.run(changed, in: history)
            } catch let error as ReviewError {
                return error.description
            }
            Issue.record("nothing is refused")
            return ""
        }
        #expect(try refusal { $0.function = "other" }.contains("it has resize"))
        let late = try refusal { $0.from = Sample.start + 1e6 }
        #expect(late.contains("no decisions of resize between 2023-11-26 12:00:00 and the end"))
        #expect(late.contains("60 decisions from 2023-11-14 22:13:20 to 2023-11-14 22:23:13"))
        #expect(late.contains("720 calls"))

        let path = folder.path("bare.sqlite")
        let journal = try SteeringJournal(path: path, programVersion: "test")
        try await journal.record(Sample.decision(1), Sample.memory(1))
        let usual = self.request
        let bare = #expect(throws: ReviewError.self) { try Review.run(usual, in: journal.history) }
        #expect(bare?.description.contains("does not say how resize was steered") == true)
        try await journal.begin(Sample.settings)
        try await journal.record(Sample.decision(2, arrivals: nil), Sample.memory(2))
        var request = self.request
        request.from = Sample.start + 15
        let silent = #expect(throws: ReviewError.self) { try Review.run(request, in: journal.history) }
        #expect(silent?.description.contains("no calls of resize") == true)
        try await journal.close()
    }

    @Test("A page and an object of JSON have the review's numbers")
    func reports() async throws {
        let review = try Review.run(request, in: try await history())
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(review.json.utf8)) as? [String: Any])
        let policies = try #require(object["policies"] as? [[String: Any]])
        let missed = try #require(policies[1]["missed"] as? [String: Double])
        #expect(missed["mean"] == review.lines[1].missed.mean)
        #expect(object["evaluation"] is [String: Any])
        #expect(review.page.contains("Review of resize") && review.page.contains("static:3"))
        #expect(review.text().contains("*: the interval excludes zero"))
    }
}

@Suite("Counted arrivals")
struct CountedArrivalsTests {
    private func sighting(_ time: Double, _ seconds: Double, _ arrivals: Int?) -> Sighting {
        var sighting = Sighting(time: time, seconds: seconds)
        sighting.arrivals = arrivals
        return sighting
    }

    @Test("Counts are spread over the time that they are of, and add up")
    func spread() {
        var counts = CountedArrivals()
        counts.add(sighting(100, 0, 99))
        counts.add(sighting(110, 10, 20))
        counts.add(sighting(110, 10, 20))
        counts.add(sighting(120, 10, nil))
        // After two periods of blindness.
        counts.add(sighting(140, 20, 7))
        #expect(counts.count(from: 100, to: 140) == 27)
        #expect(counts.count(from: 105, to: 125) == 10 + 1.75)
        #expect(counts.counts(from: 100, windows: 4, of: 10) == [20, 0, 4, 3])
        #expect(counts.counts(from: 0, windows: 3, of: 7).reduce(0, +) == 0)
    }
}
