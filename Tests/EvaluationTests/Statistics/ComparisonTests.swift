import Testing

@testable import Evaluation

@Suite struct ComparisonTests {
    @Test("every policy but the baseline has differences, and all have distances")
    func complete() throws {
        let comparison = try Comparison(Fixtures.evaluation())
        #expect(comparison.policies.map(\.policy) == ["ppo", "ratchet", "queue-length:target=5,floor=2"])
        #expect(comparison.policies.map { $0.difference != nil } == [true, false, true])
        #expect(comparison.policies.allSatisfy { $0.toHindsight != nil && $0.toLowerBound != nil })
        #expect(comparison.fixedLine.count == 6)
        let ppo = comparison.policies[0]
        #expect(ppo.difference?[.qos].excludesZero == true)
        #expect((ppo.overFixedLine?.low ?? 0) > 0)
        #expect((ppo.toLowerBound?.mean ?? 0) > (ppo.toHindsight?.mean ?? 0))
    }

    @Test("the parts are those computed alone")
    func consistent() throws {
        let result = Fixtures.evaluation()
        let comparison = try Comparison(result)
        let difference = try PairedDifference(of: result.policies[0], to: result.policies[1], in: .reward)
        #expect(comparison.policies[0].difference?[.reward] == difference)
        let saving = try FixedLineDistance(line: result.fixedLine).saving(of: result.policies[0])
        #expect(comparison.policies[0].overFixedLine == saving)
        let mean = try Interval(ofMean: result.policies[0].episodes.map(\.queueMean))
        #expect(comparison.policies[0].metrics[.queue] == mean)
    }

    @Test("the baseline may be of the fixed line")
    func fixedBaseline() throws {
        let comparison = try Comparison(Fixtures.evaluation(baseline: "static:14"))
        #expect(comparison.policies.allSatisfy { $0.difference != nil })
    }

    @Test("one episode and one policy: values without width")
    func least() throws {
        let result = EvaluationResult(
            scenario: "s", episodes: 1, seed: 100, action: "paper",
            policies: [Fixtures.policy("p", qos: [0.9], workers: [12])])
        let summary = try Comparison(result).policies[0]
        #expect(summary.metrics[.qos] == Interval(mean: 0.9, low: 0.9, high: 0.9, sd: 0))
        #expect(summary.difference == nil && summary.overFixedLine == nil && summary.toHindsight == nil)
    }

    @Test("what can not be compared is refused by name")
    func refused() {
        refuses(.noPolicies) { $0.policies = [] }
        refuses(.duplicatePolicy(policy: "ppo")) { $0.policies[1].policy = "ppo" }
        refuses(.episodeCount(policy: "ratchet", got: 19, expected: 20)) { $0.policies[1].episodes.removeLast() }
        refuses(.episodeCount(policy: "ppo", got: 20, expected: 21)) { $0.episodes = 21 }
        refuses(.noEpisodes(policy: "ratchet")) { $0.policies[1].episodes = [] }
        refuses(.unpaired(policy: "ratchet", other: "ppo", index: 3, got: 9, expected: 103)) {
            $0.policies[1].episodes[3].seed = 9
        }
        refuses(.unpaired(policy: "static:12", other: "ppo", index: 0, got: 9, expected: 100)) {
            $0.fixedLine[0].episodes[0].seed = 9
        }
        refuses(.unpaired(policy: "relaxed", other: "ppo", index: 0, got: 9, expected: 100)) {
            $0.yardsticks.lowerBound?.episodes[0].seed = 9
        }
        refuses(.traceSeeds(policy: "ratchet", other: "ppo", got: 7, expected: 100)) { $0.policies[1].trace?.seed = 7 }
    }

    @Test("values that are no numbers, or too large to compute with, are refused with policy, seed and name")
    func notNumbers() {
        refuses(.unusableValue(policy: "ppo", seed: 102, name: "response_time_p95", value: "nan")) {
            $0.policies[0].episodes[2].responseTimeP95 = .nan
        }
        refuses(.unusableValue(policy: "static:12", seed: 100, name: "reward", value: "-inf")) {
            $0.fixedLine[0].episodes[0].reward = -.infinity
        }
        refuses(.unusableValue(policy: "ppo", seed: 100, name: "queue", value: "1e+101")) {
            $0.policies[0].episodes[0].queueMean = 1e101
        }
        refuses(.unusableValue(policy: "ppo", seed: 100, name: "ready of window 4", value: "inf")) {
            $0.policies[0].trace?.windows[4].ready = .infinity
        }
    }

    @Test("an unknown baseline is told the names there are")
    func unknownBaseline() throws {
        let error = try #require(throws: EvaluationError.self) {
            try Comparison(Fixtures.evaluation(baseline: "sarsa"))
        }
        #expect(error.description.contains("sarsa") && error.description.contains("ratchet, queue-length"))
        #expect(error.description.contains("static:17"))
    }

    private func refuses(
        _ error: EvaluationError, sourceLocation: SourceLocation = #_sourceLocation,
        _ change: (inout EvaluationResult) -> Void
    ) {
        var result = Fixtures.evaluation()
        change(&result)
        #expect(throws: error, sourceLocation: sourceLocation) { try Comparison(result) }
    }
}
