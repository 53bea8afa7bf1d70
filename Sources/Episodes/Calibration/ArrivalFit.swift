import Foundation

/// The rate of arrivals over an episode: constant in phases, found where the counts change by more than chance.
public struct ArrivalFit: Sendable, Hashable {
    /// A stretch of time of one rate.
    public struct Phase: Sendable, Hashable {
        /// Seconds of the episode.
        public var start: Double
        public var seconds: Double
        /// Tasks a second.
        public var rate: Double
    }

    public let phases: [Phase]
    /// Tasks of all episodes.
    public let count: Int
    /// Variance over mean of the counts in equal windows, given the fitted rate: 1 for a Poisson process.
    public let dispersion: Double
    /// Of the gaps between arrivals, in units of the expected gap, from an exponential distribution (Kolmogorov–Smirnov).
    public let distance: Double
    /// The chance of such a distance if the arrivals were a Poisson process of that rate.
    public let probability: Double
    /// The gaps in units of the expected gap, ascending: exponential with mean 1 if the fit is right.
    public let gaps: [Double]

    /// Fewer arrivals say nothing of a rate.
    private static let leastInBin = 30.0
    private static let mostBins = 240

    /// - Parameters:
    ///   - episodes: generation times in each episode, in seconds.
    ///   - horizon: length of an episode in seconds, above 0.
    /// - Returns: nil without arrivals.
    public init?(_ episodes: [[Double]], horizon: Double) {
        let episodes = episodes.map { $0.filter { $0 >= 0 && $0 < horizon }.sorted() }
        let all = episodes.flatMap(\.self).sorted()
        guard !all.isEmpty, horizon > 0 else { return nil }
        count = all.count
        let bins = max(1, min(ArrivalFit.mostBins, Int(Double(all.count) / ArrivalFit.leastInBin)))
        var counts = Array(repeating: 0.0, count: bins)
        for time in all { counts[min(bins - 1, Int(time / horizon * Double(bins)))] += 1 }
        let width = horizon / Double(bins)
        let repeats = Double(episodes.count)
        let phases = ArrivalFit.merged(counts).map { run in
            Phase(
                start: Double(run.first) * width, seconds: Double(run.bins) * width,
                rate: run.count / (Double(run.bins) * width * repeats))
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

    /// Joins neighbours until all differ by more than chance: of two Poisson counts, 3 standard deviations (about 1 in 370).
    private static func merged(_ counts: [Double]) -> [Run] {
        var runs = counts.enumerated().map { Run(first: $0.offset, bins: 1, count: $0.element) }
        while runs.count > 1 {
            let scores = zip(runs, runs.dropFirst()).map(difference)
            guard let least = scores.indices.min(by: { scores[$0] < scores[$1] }), scores[least] < 9 else { break }
            runs[least].bins += runs[least + 1].bins
            runs[least].count += runs[least + 1].count
            runs.remove(at: least + 1)
        }
        return runs
    }

    /// Twice the gain in log-likelihood of two rates over one.
    private static func difference(_ a: Run, _ b: Run) -> Double {
        func part(_ run: Run, _ rate: Double) -> Double {
            run.count > 0 ? run.count * log(run.count / (rate * Double(run.bins))) : 0
        }
        let rate = (a.count + b.count) / Double(a.bins + b.bins)
        return rate > 0 ? 2 * (part(a, rate) + part(b, rate)) : 0
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
