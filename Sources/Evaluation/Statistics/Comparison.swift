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

        func summary(_ policy: PolicyResult) -> PolicySummary {
            PolicySummary(policy: policy.policy, metrics: MetricValues { bootstrap.mean(of: policy.values($0)) })
        }
        func short(of yardstick: PolicyResult?, _ policy: PolicyResult) -> Interval? {
            yardstick.map { PairedDifference(of: $0.values(.reward), to: policy.values(.reward), bootstrap).interval }
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
            summary.toHindsight = short(of: hindsight, policy)
            summary.toLowerBound = short(of: lowerBound, policy)
            summaries.append(summary)
        }
        self.result = given
        hasIntervals = result.episodes > 1
        policies = summaries
        fixedLine = result.fixedLine.map(summary)
        self.hindsight = hindsight.map(summary)
        self.lowerBound = lowerBound.map(summary)
        self.resamples = bootstrap.resamples
    }
}
