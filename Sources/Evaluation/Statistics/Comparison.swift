/// A checked evaluation with its statistics: what every report is made from.
public struct Comparison: Sendable {
    /// The results that were compared.
    public let result: EvaluationResult
    /// In the order of the results.
    public let policies: [PolicySummary]
    /// In the order of the results.
    public let fixedLine: [PolicySummary]
    /// The yardstick that knew the future.
    public let hindsight: PolicySummary?
    /// The yardstick that knew how many tasks come.
    public let trueCounts: PolicySummary?
    /// The bound that no policy can pass.
    public let lowerBound: PolicySummary?
    /// Resamples behind each interval; none were needed for a single episode.
    public let resamples: Int
    /// Whether intervals say anything: of several episodes whose tasks differ. Otherwise their ends are the mean.
    public let hasIntervals: Bool

    /// Checks the results and computes the statistics. Equal results give equal statistics.
    ///
    /// - Throws: ``EvaluationError`` when there is nothing to compare, when seeds are not paired, names not unique, the
    ///   baseline unknown, or a number not finite.
    public init(
        _ result: EvaluationResult, resamples: Int = Bootstrap.defaultResamples, seed: UInt64 = Bootstrap.defaultSeed
    ) throws(EvaluationError) {
        try result.check()
        let given = result
        // Repetitions of the same tasks are one sample, however many they are.
        let result = given.isOneWorkload ? given.averaged : given
        let bootstrap = try Bootstrap(episodes: result.episodes, resamples: resamples, seed: seed)
        let line = result.fixedLine.isEmpty ? nil : FixedLineDistance(line: result.fixedLine, bootstrap)
        let baseline = result.baselineResult
        let (hindsight, lowerBound) = (result.yardsticks.hindsight, result.yardsticks.lowerBound)
        let trueCounts = result.yardsticks.trueCounts

        func summary(_ policy: PolicyResult) -> PolicySummary {
            var summary = PolicySummary(
                policy: policy.policy, metrics: MetricValues { bootstrap.mean(of: policy.values($0)) })
            summary.standing = result.goal.map { $0.standing(summary.metrics[$0.metric]) }
            return summary
        }
        func difference(_ one: PolicyResult, _ other: PolicyResult, _ metric: Metric) -> Interval {
            PairedDifference(of: one.values(metric), to: other.values(metric), bootstrap).interval
        }

        var summaries: [PolicySummary] = []
        for policy in result.policies {
            var summary = summary(policy)
            if let baseline, baseline.policy != policy.policy {
                summary.difference = MetricValues {
                    PairedDifference(of: policy.values($0), to: baseline.values($0), bootstrap)
                }
            }
            summary.overFixedLine = try line?.saving(of: policy)
            if result.goal == nil {
                summary.toHindsight = hindsight.map { difference($0, policy, .reward) }
                summary.toTrueCounts = trueCounts.map { difference($0, policy, .reward) }
                summary.toLowerBound = lowerBound.map { difference($0, policy, .reward) }
            } else {
                summary.overHindsight = hindsight.map { difference(policy, $0, .workerSeconds) }
                summary.overLowerBound = lowerBound.map { difference(policy, $0, .workerSeconds) }
            }
            summaries.append(summary)
        }
        self.result = given
        hasIntervals = result.episodes > 1
        policies = summaries
        fixedLine = result.fixedLine.map(summary)
        self.hindsight = hindsight.map(summary)
        self.trueCounts = trueCounts.map(summary)
        self.lowerBound = lowerBound.map(summary)
        self.resamples = bootstrap.resamples
    }
}

extension Comparison {
    /// With a goal, the policies and the best fixed number: first those that keep it, then those of which that cannot be told,
    /// both by cost, then the others, the nearest first. Empty without a goal.
    public var byGoal: [PolicySummary] {
        guard let goal = result.goal else { return [] }
        let listed = Set(policies.map(\.policy))
        let fixed = Comparison.ordered(fixedLine, by: goal).first.flatMap { listed.contains($0.policy) ? nil : $0 }
        return Comparison.ordered(policies + [fixed].compactMap(\.self), by: goal)
    }

    private static func ordered(_ summaries: [PolicySummary], by goal: Goal) -> [PolicySummary] {
        func key(_ summary: PolicySummary) -> (rank: Int, missing: Double, cost: Double) {
            let standing = summary.standing ?? .missed
            let rank = Goal.Standing.allCases.firstIndex(of: standing) ?? 0
            let missing = standing == .missed ? goal.shortfall(summary.metrics[goal.metric].mean) : 0
            return (rank, missing, summary.metrics[.workerSeconds].mean)
        }
        return summaries.sorted { key($0) < key($1) }
    }
}
