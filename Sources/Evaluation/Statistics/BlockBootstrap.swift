/// Intervals of sums over a stretch of time, from its blocks.
///
/// The stretch is cut into blocks of equal length, one after the other, and blocks are drawn: what ties the windows of a block
/// together stays, what ties blocks together is lost, so a block should be long beside the time over which load is alike (Carlstein,
/// "The Use of Subseries Values for Estimating the Variance of a General Statistic from a Stationary Sequence", Annals of
/// Statistics 14 (1986)). The same blocks are drawn for every policy. Intervals are those of ``Bootstrap``.
///
///     let blocks = try BlockBootstrap(blocks: 24)
///     let missed = blocks.sum(of: missedInEachBlock)
public struct BlockBootstrap: Sendable {
    private let bootstrap: Bootstrap

    /// How many blocks.
    public var blocks: Int { bootstrap.episodes }
    public var resamples: Int { bootstrap.resamples }

    /// - Throws: ``EvaluationError/noEpisodes(policy:)`` without blocks, ``EvaluationError/resamples(got:)``.
    public init(
        blocks: Int, resamples: Int = Bootstrap.defaultResamples, seed: UInt64 = Bootstrap.defaultSeed
    ) throws(EvaluationError) {
        bootstrap = try Bootstrap(episodes: blocks, resamples: resamples, seed: seed)
    }

    /// The sum of a value for each block.
    public func sum(of values: [Double]) -> Interval {
        bootstrap.mean(of: values).scaled(by: Double(blocks))
    }

    /// The sum of `parts` over the sum of `wholes`; 1 where there is no whole.
    public func share(of parts: [Double], in wholes: [Double]) -> Interval {
        func ratios(_ parts: [Double], _ wholes: [Double]) -> [Double] {
            zip(parts, wholes).map { $1 > 0 ? $0 / $1 : 1 }
        }
        let whole = wholes.reduce(0, +)
        return bootstrap.interval(
            whole > 0 ? parts.reduce(0, +) / whole : 1,
            replicates: ratios(bootstrap.replicateMeans(of: parts), bootstrap.replicateMeans(of: wholes)),
            jackknife: ratios(bootstrap.jackknifeMeans(of: parts), bootstrap.jackknifeMeans(of: wholes)),
            sd: Sample.deviation(ratios(parts, wholes)))
    }
}
