/// A mean, or another estimate, with its 95 % bootstrap interval and the sample standard deviation of its values.
public struct Interval: Sendable, Hashable, Codable {
    /// The estimate.
    public var mean: Double
    /// The interval's lower end, never above the mean.
    public var low: Double
    /// The interval's upper end, never below the mean.
    public var high: Double
    /// The sample standard deviation (n − 1) of the values, 0 of a single one. Of a ``FixedLineDistance``, which has no
    /// value for a single episode, the standard deviation of its bootstrap replicates.
    public var sd: Double

    public init(mean: Double, low: Double, high: Double, sd: Double) {
        self.mean = mean
        self.low = low
        self.high = high
        self.sd = sd
    }

    /// The mean of values, with its interval. A single value gives `low = high = mean`.
    ///
    /// - Throws: ``EvaluationError/noEpisodes(policy:)`` for an empty list, ``EvaluationError/resamples(got:)``.
    public init(
        ofMean values: [Double], resamples: Int = Bootstrap.defaultResamples, seed: UInt64 = Bootstrap.defaultSeed
    ) throws(EvaluationError) {
        guard !values.isEmpty else { throw .noEpisodes(policy: "(values)") }
        self = try Bootstrap(episodes: values.count, resamples: resamples, seed: seed).mean(of: values)
    }

    /// Half of the interval's width.
    public var halfWidth: Double { (high - low) / 2 }

    /// Whether zero is outside.
    public var excludesZero: Bool { low > 0 || high < 0 }

    func scaled(by factor: Double) -> Interval {
        Interval(mean: mean * factor, low: low * factor, high: high * factor, sd: sd * factor)
    }
}
