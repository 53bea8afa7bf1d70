import Foundation

/// The rate of arrivals over an episode: constant in phases, found where the counts change by more than chance.
struct ArrivalFit: Sendable, Hashable {
    /// A stretch of time of one rate.
    struct Phase: Sendable, Hashable {
        /// Seconds of the episode.
        var start: Double
        var seconds: Double
        /// Tasks a second.
        var rate: Double
        /// As many in every episode; nil: as chance has it, a Poisson process of ``rate``.
        var tasks: Int?
    }

    let phases: [Phase]
    /// Tasks of all episodes.
    let count: Int
    /// Variance over mean of the counts in equal windows, given the fitted rate: 1 for a Poisson process.
    let dispersion: Double
    /// Of the gaps between arrivals, in units of the expected gap, from an exponential distribution (Kolmogorov–Smirnov).
    let distance: Double
    /// The chance of such a distance if the arrivals were a Poisson process of that rate.
    let probability: Double
    /// The gaps in units of the expected gap, ascending: exponential with mean 1 if the fit is right.
    let gaps: [Double]

    /// Fewer arrivals say nothing of a rate.
    private static let leastInBin = 30.0
    private static let mostBins = 240
    /// Twice the gain in log-likelihood below which a change of the rate may be chance: 3 standard deviations.
    private static let leastGain = 9.0
    /// Counts of a phase that are as alike as less than this share of Poisson counts would be are no accident.
    private static let alike = 0.05

    /// - Parameters:
    ///   - episodes: generation times in each episode, in seconds.
    ///   - horizon: length of an episode in seconds, above 0.
    /// - Returns: nil without arrivals.
    init?(_ episodes: [[Double]], horizon: Double) {
        let episodes = episodes.map { $0.filter { $0 >= 0 && $0 < horizon }.sorted() }
        let all = episodes.flatMap(\.self).sorted()
        guard !all.isEmpty, horizon > 0 else { return nil }
        count = all.count
        let bins = max(1, min(ArrivalFit.mostBins, Int(Double(all.count) / ArrivalFit.leastInBin)))
        var counts = Array(repeating: 0.0, count: bins)
        for time in all { counts[min(bins - 1, Int(time / horizon * Double(bins)))] += 1 }
        let width = horizon / Double(bins)
        let repeats = Double(episodes.count)
        let phases = ArrivalFit.partition(counts).map { run in
            let (start, seconds) = (Double(run.first) * width, Double(run.bins) * width)
            return Phase(
                start: start, seconds: seconds, rate: run.count / (seconds * repeats),
                tasks: ArrivalFit.tasks(episodes, from: start, to: start + seconds))
        }
        self.phases = phases
        dispersion = ArrivalFit.dispersion(episodes, phases, horizon: horizon)
        let gaps = episodes.flatMap { ArrivalFit.unitGaps($0, phases) }.sorted()
        self.gaps = gaps
        distance = gaps.isEmpty ? 0 : KolmogorovSmirnov.distance(gaps) { 1 - exp(-$0) }
        probability = gaps.isEmpty ? 1 : KolmogorovSmirnov.probability(distance, count: gaps.count)
    }

    private struct Run {
        var first: Int
        var bins: Int
        var count: Double
    }

    /// How many tasks come between two times in every episode; nil: more or fewer, as chance has it.
    ///
    /// Where the counts are Poisson's, their sum of squares over the mean is χ² with a degree of freedom less than episodes.
    private static func tasks(_ episodes: [[Double]], from start: Double, to end: Double) -> Int? {
        let counts = episodes.map { times in Double(times.count { $0 >= start && $0 < end }) }
        let mean = counts.reduce(0, +) / Double(counts.count)
        guard counts.count > 1, mean >= leastInBin else { return nil }
        let squares = counts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / mean
        let chance = Distributions.gamma(squares / 2, shape: Double(counts.count - 1) / 2)
        return chance < alike ? Int(mean.rounded()) : nil
    }

    /// The partition of the bins into runs of one rate that is most likely, where each change of the rate has to gain
    /// ``leastGain``. Exact, by dynamic programming over the last change (optimal partitioning, Jackson et al. 2005).
    private static func partition(_ counts: [Double]) -> [Run] {
        var sums = [0.0]
        for count in counts { sums.append(sums[sums.count - 1] + count) }
        // Of the bins before each: the best score, and where its last run begins.
        var best = [leastGain]
        var begins = [0]
        for end in 1...counts.count {
            var choice = (score: -Double.infinity, first: 0)
            for first in 0..<end {
                let score = best[first] - leastGain + likelihood(sums[end] - sums[first], bins: end - first)
                if score > choice.score { choice = (score, first) }
            }
            best.append(choice.score)
            begins.append(choice.first)
        }
        var runs: [Run] = []
        var end = counts.count
        while end > 0 {
            let first = begins[end]
            runs.append(Run(first: first, bins: end - first, count: sums[end] - sums[first]))
            end = first
        }
        return runs.reversed()
    }

    /// Twice the log-likelihood of Poisson counts at their mean, but for what does not depend on the partition.
    private static func likelihood(_ count: Double, bins: Int) -> Double {
        count > 0 ? 2 * count * log(count / Double(bins)) : 0
    }

    /// Arrivals expected until then.
    private static func expected(_ time: Double, _ phases: [Phase]) -> Double {
        phases.reduce(0) { $0 + $1.rate * min(max(time - $1.start, 0), $1.seconds) }
    }

    /// The gaps of a process whose rate is 1 everywhere, if the fit is right (time rescaling).
    private static func unitGaps(_ times: [Double], _ phases: [Phase]) -> [Double] {
        let units = times.map { expected($0, phases) }
        return zip(units, units.dropFirst()).map { $1 - $0 }
    }

    private static func dispersion(_ episodes: [[Double]], _ phases: [Phase], horizon: Double) -> Double {
        let total = expected(horizon, phases)
        // Windows of about 10 arrivals.
        let windows = max(2, Int(total / 10))
        var sum = 0.0
        for times in episodes {
            var counts = Array(repeating: 0.0, count: windows)
            for time in times {
                counts[min(windows - 1, Int(expected(time, phases) / total * Double(windows)))] += 1
            }
            let mean = total / Double(windows)
            sum += counts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / mean / Double(windows)
        }
        return sum / Double(episodes.count)
    }
}
