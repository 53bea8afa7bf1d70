/// How much less a policy costs than a fixed number of workers with the same QoS.
///
/// The line is a random thing as well: it is drawn anew from each resample of the episodes, the same ones for the policy
/// and for every static:N, so that the interval has both uncertainties and what they share.
public struct FixedLineDistance: Sendable {
    private let bootstrap: Bootstrap
    private let line: FixedLine
    private let replicates: [FixedLine]
    private let jackknife: [FixedLine]

    /// The least part of the resamples in which the line has to reach the policy's QoS.
    static let reached = 0.975

    /// Prepares the line of paired results.
    ///
    /// - Throws: ``EvaluationError``: `noEpisodes`, `episodeCount`, `unpaired`, `unusableValue`, `resamples`.
    public init(
        line: [PolicyResult], resamples: Int = Bootstrap.defaultResamples, seed: UInt64 = Bootstrap.defaultSeed
    ) throws(EvaluationError) {
        guard let first = line.first else { throw .noPolicies }
        for policy in line {
            try policy.checkEpisodes()
            try policy.checkPaired(with: first)
        }
        let bootstrap = try Bootstrap(episodes: first.episodes.count, resamples: resamples, seed: seed)
        self.init(line: line, bootstrap)
    }

    /// As above, for results known to be paired and of the bootstrap's size.
    init(line: [PolicyResult], _ bootstrap: Bootstrap) {
        self.bootstrap = bootstrap
        let qos = line.map { $0.values(.qos) }
        let cost = line.map { $0.values(.workerSeconds) }
        self.line = FixedLine(zip(qos, cost).map { FixedLine.Point(qos: Sample.mean($0), cost: Sample.mean($1)) })
        func lines(_ count: Int, _ means: ([Double]) -> [Double]) -> [FixedLine] {
            let (qos, cost) = (qos.map(means), cost.map(means))
            return (0..<count).map { sample in
                FixedLine(zip(qos, cost).map { FixedLine.Point(qos: $0[sample], cost: $1[sample]) })
            }
        }
        replicates = lines(bootstrap.resamples, bootstrap.replicateMeans)
        jackknife = bootstrap.episodes > 1 ? lines(bootstrap.episodes, bootstrap.jackknifeMeans) : []
    }

    /// 100 · (line − policy) / line at the policy's QoS, in worker-seconds: percent saved, negative if it costs more.
    ///
    /// Nil where the line does not reach: when the policy's mean QoS is outside its range, or when it is so close to an end
    /// that it is outside in more than 2.5 % of the resamples, for which no saving can be told.
    ///
    /// - Throws: ``EvaluationError``: `noEpisodes`, `episodeCount`, `unusableValue`. Seeds have to be those of the line.
    public func saving(of policy: PolicyResult) throws(EvaluationError) -> Interval? {
        try policy.checkEpisodes()
        guard policy.episodes.count == bootstrap.episodes else {
            throw .episodeCount(policy: policy.policy, got: policy.episodes.count, expected: bootstrap.episodes)
        }
        let (qos, cost) = (policy.values(.qos), policy.values(.workerSeconds))
        guard let estimate = FixedLineDistance.saving(line, Sample.mean(qos), Sample.mean(cost)) else { return nil }
        func savings(_ lines: [FixedLine], _ means: ([Double]) -> [Double]) -> [Double] {
            let (qos, cost) = (means(qos), means(cost))
            return lines.indices.compactMap { FixedLineDistance.saving(lines[$0], qos[$0], cost[$0]) }
        }
        let values = savings(replicates, bootstrap.replicateMeans)
        guard Double(values.count) >= FixedLineDistance.reached * Double(replicates.count) else { return nil }
        return bootstrap.interval(
            estimate, replicates: values, jackknife: savings(jackknife, bootstrap.jackknifeMeans),
            sd: Sample.deviation(values))
    }

    private static func saving(_ line: FixedLine, _ qos: Double, _ cost: Double) -> Double? {
        guard let fixed = line.cost(at: qos), fixed > 0 else { return nil }
        return 100 * (fixed - cost) / fixed
    }
}
