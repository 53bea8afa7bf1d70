public import Randomness

/// Phases that are new in each episode and announced by nothing.
///
/// Their number is uniform within its bounds; their lengths are uniform, scaled so that together they fill the horizon;
/// rates are log-uniform; half of the phases are constant, a quarter are ramps, and a quarter are sines of one to
/// four cycles whose amplitude is 30 % to 70 % of their mean.
public struct ShuffledArrivals: Sendable, Hashable {
    public var phases: ClosedRange<Int>
    /// Length of a phase.
    public var seconds: ClosedRange<Double>
    /// Tasks a second; the lower bound is above 0.
    public var rate: ClosedRange<Double>

    public init(phases: ClosedRange<Int>, seconds: ClosedRange<Double>, rate: ClosedRange<Double>) {
        self.phases = phases
        self.seconds = seconds
        self.rate = rate
    }

    /// The mean of a log-uniform rate, in tasks a second.
    public var meanRate: Double {
        let span = rate.upperBound - rate.lowerBound
        return span > 0 ? span / Elementary.log(rate.upperBound / rate.lowerBound) : rate.lowerBound
    }

    /// Draws an episode's phases, which fill `horizon` seconds.
    public func draw(horizon: Double, using generator: inout PCG64) -> [Arrivals.Phase] {
        let lengths = lengths(horizon: horizon, using: &generator)
        return lengths.enumerated().map { index, seconds in
            Arrivals.Phase(name: "phase-\(index + 1)", seconds: seconds, rate: drawRate(using: &generator))
        }
    }

    private func lengths(horizon: Double, using generator: inout PCG64) -> [Double] {
        var lengths: [Double] = []
        // Scaled lengths that leave the bounds are drawn again; where the horizon allows none, the last draw stands.
        for _ in 0..<1_000 {
            let span = phases.upperBound - phases.lowerBound + 1
            let count = phases.lowerBound + min(Int(generator.nextDouble() * Double(span)), span - 1)
            let drawn = (0..<count).map { _ in between(seconds, generator.nextDouble()) }
            let scale = horizon / drawn.reduce(0, +)
            lengths = drawn.map { $0 * scale }
            if lengths.allSatisfy(seconds.contains) { break }
        }
        return lengths
    }

    private func drawRate(using generator: inout PCG64) -> Arrivals.Rate {
        let kind = generator.nextDouble()
        let first = logUniform(using: &generator)
        if kind < 0.5 { return .constant(first) }
        if kind < 0.75 { return .ramp(from: first, to: logUniform(using: &generator)) }
        let amplitude = first * between(0.3...0.7, generator.nextDouble())
        return .sine(mean: first, amplitude: amplitude, cycles: 1 + (generator.nextDouble() * 4).rounded(.down))
    }

    private func logUniform(using generator: inout PCG64) -> Double {
        let ratio = Elementary.log(rate.upperBound / rate.lowerBound)
        return rate.lowerBound * Elementary.exp(ratio * generator.nextDouble())
    }

    private func between(_ bounds: ClosedRange<Double>, _ fraction: Double) -> Double {
        bounds.lowerBound + (bounds.upperBound - bounds.lowerBound) * fraction
    }
}
