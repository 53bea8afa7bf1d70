/// How much a policy differs from another on the same episodes.
public struct PairedDifference: Sendable, Hashable, Codable {
    /// The mean of policy minus baseline, episode by episode, with its interval; `sd` is that of the differences.
    public var interval: Interval

    /// Whether the interval of the difference excludes zero.
    public var excludesZero: Bool { interval.excludesZero }

    public init(interval: Interval) {
        self.interval = interval
    }

    /// Policy minus baseline in one metric. Equal episodes give exactly 0 with the interval [0, 0].
    ///
    /// - Throws: ``EvaluationError``: `noEpisodes`, `episodeCount` or `unpaired` when the episodes are not those of the
    ///   same seeds in the same order; `unusableValue`; `resamples`.
    public init(
        of policy: PolicyResult, to baseline: PolicyResult, in metric: Metric,
        resamples: Int = Bootstrap.defaultResamples,
        seed: UInt64 = Bootstrap.defaultSeed
    ) throws(EvaluationError) {
        try baseline.checkEpisodes()
        try policy.checkEpisodes()
        try policy.checkPaired(with: baseline)
        let bootstrap = try Bootstrap(episodes: policy.episodes.count, resamples: resamples, seed: seed)
        self.init(of: policy.values(metric), to: baseline.values(metric), bootstrap)
    }

    /// As above, for lists known to be paired.
    init(of values: [Double], to baseline: [Double], _ bootstrap: Bootstrap) {
        interval = bootstrap.mean(of: zip(values, baseline).map { $0 - $1 })
    }
}
