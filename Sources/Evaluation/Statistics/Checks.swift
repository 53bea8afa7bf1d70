extension PolicyResult {
    /// Names of a window's numbers, for errors.
    private static let windowNumbers: [(String, @Sendable (EpisodeTrace.Window) -> Double)] = [
        ("time", { $0.time }), ("arrival_rate", { $0.arrivalRate }), ("desired", { $0.desired }),
        ("ready", { $0.ready }),
        ("queue_length", { $0.queueLength }), ("qos", { $0.qos }),
    ]

    /// There are episodes, and every number is one that can be computed with.
    func checkEpisodes() throws(EvaluationError) {
        guard !episodes.isEmpty else { throw .noEpisodes(policy: policy) }
        for episode in episodes {
            for metric in Metric.allCases { try check(episode[metric], metric.name, seed: episode.seed) }
        }
        guard let trace else { return }
        for (index, window) in trace.windows.enumerated() {
            for (name, number) in PolicyResult.windowNumbers {
                try check(number(window), "\(name) of window \(index)", seed: trace.seed)
            }
        }
    }

    private func check(_ value: Double, _ name: String, seed: UInt64) throws(EvaluationError) {
        guard value.isFinite, abs(value) <= 1e100 else {
            throw .unusableValue(policy: policy, seed: seed, name: name, value: value.description)
        }
    }

    /// Episode i has the seed of episode i of the other policy.
    func checkPaired(with other: PolicyResult) throws(EvaluationError) {
        guard episodes.count == other.episodes.count else {
            throw .episodeCount(policy: policy, got: episodes.count, expected: other.episodes.count)
        }
        for index in episodes.indices where episodes[index].seed != other.episodes[index].seed {
            throw .unpaired(
                policy: policy, other: other.policy, index: index, got: episodes[index].seed,
                expected: other.episodes[index].seed)
        }
    }
}

extension EvaluationResult {
    /// Every policy of the result: those compared, the fixed line, the yardsticks.
    var everyPolicy: [PolicyResult] {
        policies + fixedLine + [yardsticks.hindsight, yardsticks.trueCounts, yardsticks.lowerBound].compactMap(\.self)
    }

    /// All that statistics and reports rely on. Names differ within the policies and within the fixed line; one policy
    /// may be in both.
    func check() throws(EvaluationError) {
        guard let first = policies.first else { throw .noPolicies }
        for group in [policies, fixedLine] {
            var names: Set<String> = []
            for policy in group where !names.insert(policy.policy).inserted {
                throw .duplicatePolicy(policy: policy.policy)
            }
        }
        for policy in everyPolicy {
            try policy.checkEpisodes()
            guard policy.episodes.count == episodes else {
                throw .episodeCount(policy: policy.policy, got: policy.episodes.count, expected: episodes)
            }
            try policy.checkPaired(with: first)
        }
        let traced = policies.compactMap { policy in policy.trace.map { (policy.policy, $0.seed) } }
        for (policy, seed) in traced where seed != traced[0].1 {
            throw .traceSeeds(policy: policy, other: traced[0].0, got: seed, expected: traced[0].1)
        }
        if let baseline, baselineResult == nil {
            throw .unknownBaseline(baseline: baseline, known: (policies + fixedLine).map(\.policy))
        }
    }

    /// The baseline's episodes.
    var baselineResult: PolicyResult? { (policies + fixedLine).first { $0.policy == baseline } }
}
