import Foundation

/// Resampling of episodes: bias-corrected and accelerated (BCa) 95 % intervals.
///
/// The same episodes are drawn for every policy and metric, so that paired differences, and statistics of several
/// policies at once, keep what ties their episodes together. The interval is that of Efron, "Better Bootstrap Confidence
/// Intervals", JASA 82 (1987), the acceleration from the jackknife. A bootstrap takes the sample for the population, which
/// makes intervals of few episodes too narrow; the tail probability is therefore the expanded one of Hesterberg, "What
/// Teachers Should Know About the Bootstrap", The American Statistician 69 (2015), section 5.3:
/// Φ(−√(n / (n − 1)) · t), with t the quantile of Student's distribution with n − 1 degrees of freedom.
public struct Bootstrap: Sendable {
    /// Resamples where nothing else is said.
    public static let defaultResamples = 4_000
    /// The generator's seed where nothing else is said.
    public static let defaultSeed: UInt64 = 260_206_555
    /// The confidence of all intervals.
    public static let confidence = 0.95

    /// Episodes in the sample and in each resample.
    public let episodes: Int
    /// How many resamples.
    public let resamples: Int
    /// Episode indices, one resample after the other.
    private let draws: [Int32]
    /// The normal quantile of the expanded tail, positive.
    private let reach: Double

    /// Draws the resamples.
    ///
    /// - Throws: ``EvaluationError/noEpisodes(policy:)``, ``EvaluationError/resamples(got:)``.
    public init(
        episodes: Int, resamples: Int = defaultResamples, seed: UInt64 = defaultSeed
    ) throws(EvaluationError) {
        guard episodes > 0, episodes <= Int(Int32.max) else { throw .noEpisodes(policy: "(sample)") }
        guard (100...100_000).contains(resamples) else { throw .resamples(got: resamples) }
        self.episodes = episodes
        self.resamples = episodes > 1 ? resamples : 1
        var generator = SplitMix64(seed: seed)
        draws = (0..<self.resamples * episodes).map { _ in Int32(truncatingIfNeeded: generator.index(below: episodes)) }
        let n = Double(episodes)
        reach =
            episodes > 1
            ? StudentT.quantile(within: Bootstrap.confidence, degreesOfFreedom: episodes - 1)
                * (n / (n - 1)).squareRoot() : 0
    }

    /// The mean of a value for each episode. Values beyond the sample's size are left out, missing ones not made up: the
    /// list has to have one for each episode.
    func mean(of values: [Double]) -> Interval {
        interval(
            Sample.mean(values), replicates: replicateMeans(of: values), jackknife: jackknifeMeans(of: values),
            sd: Sample.deviation(values))
    }

    /// The mean of each resample.
    ///
    /// By far the most of the work of a comparison. The pointers are there for builds without optimisation, in which
    /// buffers' subscripts are calls; every draw is below `episodes`, which is the number of values.
    func replicateMeans(of values: [Double]) -> [Double] {
        guard values.count == episodes, let first = values.first else { return [] }
        return values.withUnsafeBufferPointer { values in
            draws.withUnsafeBufferPointer { draws in
                guard let values = values.baseAddress, var draw = draws.baseAddress else { return [] }
                var means: [Double] = []
                means.reserveCapacity(resamples)
                for _ in 0..<resamples {
                    var sum = 0.0
                    let end = draw + episodes
                    while draw < end {
                        sum += values[Int(draw.pointee)] - first
                        draw += 1
                    }
                    means.append(first + sum / Double(episodes))
                }
                return means
            }
        }
    }

    /// The mean without episode i, for each i. Of a single episode: none.
    func jackknifeMeans(of values: [Double]) -> [Double] {
        guard values.count > 1, let first = values.first else { return [] }
        let sum = values.reduce(0) { $0 + ($1 - first) }
        return values.map { first + (sum - ($0 - first)) / Double(values.count - 1) }
    }

    /// The BCa interval of an estimate, from its value on each resample and on the sample without episode i.
    func interval(_ estimate: Double, replicates: [Double], jackknife: [Double], sd: Double) -> Interval {
        let sorted = replicates.sorted()
        guard episodes > 1, let least = sorted.first, let most = sorted.last, least < most else {
            return Interval(mean: estimate, low: estimate, high: estimate, sd: sd)
        }
        let ends = tails(estimate, replicates: sorted, jackknife: jackknife).map {
            Sample.quantile($0, ofSorted: sorted)
        }
        return Interval(mean: estimate, low: min(estimate, ends[0]), high: max(estimate, ends[1]), sd: sd)
    }

    /// The two probabilities whose quantiles are the ends.
    private func tails(_ estimate: Double, replicates: [Double], jackknife: [Double]) -> [Double] {
        let count = Double(replicates.count)
        let below = replicates.reduce(0.0) { $0 + ($1 < estimate ? 1 : $1 == estimate ? 0.5 : 0) }
        let bias = Normal.quantile(min(1 - 0.5 / count, max(0.5 / count, below / count)))
        let acceleration = Bootstrap.acceleration(jackknife)
        return [-reach, reach].map { z in
            let shrink = 1 - acceleration * (bias + z)
            guard shrink > 0 else { return bias + z < 0 ? 0 : 1 }
            return Normal.probability(below: bias + (bias + z) / shrink)
        }
    }

    /// A sixth of the skewness of the jackknife values about their mean; 0 when they are equal.
    private static func acceleration(_ jackknife: [Double]) -> Double {
        let mean = Sample.mean(jackknife)
        let deviations = jackknife.map { mean - $0 }
        // Divided by the largest, so that neither squares nor cubes leave the range of a double.
        guard let largest = deviations.map(abs).max(), largest > 0 else { return 0 }
        let squares = deviations.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }
        let cubes = deviations.reduce(0) { $0 + ($1 / largest) * ($1 / largest) * ($1 / largest) }
        return cubes / (6 * squares * squares.squareRoot())
    }
}
