import Foundation

/// From values to pixels, with the ticks of the axis.
public struct ChartScale: Sendable {
    /// How values are spread over the axis.
    public enum Spread: Sendable, Hashable {
        case even
        /// Fractions, with the misses 1 − x logarithmic down to a tenth of a percent: 0.5, 0.9, 0.99 and 0.999 are told apart.
        case towardsOne
        /// Counts, as log(1 + x).
        case logarithmic
    }

    public struct Tick: Sendable, Hashable {
        public let value: Double
        public let position: Double
        public let label: String
    }

    public let domain: ClosedRange<Double>
    public let spread: Spread
    /// The pixel of the domain's lower and of its upper end.
    public let start: Double
    public let end: Double

    /// A domain of no width is widened.
    public init(_ domain: ClosedRange<Double>, from start: Double, to end: Double, _ spread: Spread = .even) {
        let (low, high) = (domain.lowerBound, domain.upperBound)
        let least = max(1e-9, abs(low) * 1e-9)
        self.domain = high - low > least ? domain : low - least...high + least
        self.spread = spread
        self.start = start
        self.end = end
    }

    /// The pixel of a value. Values outside the domain are outside the axis.
    public func position(_ value: Double) -> Double {
        let (low, high) = (spread(domain.lowerBound), spread(domain.upperBound))
        return start + (spread(value) - low) / (high - low) * (end - start)
    }

    /// Round ticks, `spacing` pixels apart or more, labelled in percent for fractions towards one.
    public func ticks(spacing: Double, percent: Bool = false) -> [Tick] {
        let count = Int(max(2, min(12, abs(end - start) / spacing)))
        if spread == .even {
            let factor: Double = percent ? 100 : 1
            let values = Ticks.linear(domain.lowerBound * factor...domain.upperBound * factor, about: count)
            return values.map { value in
                Tick(
                    value: value / factor, position: position(value / factor),
                    label: NumberText.tick(value, step: Ticks.step(values)))
            }
        }
        let candidates = spread == .logarithmic ? Ticks.counts(through: domain.upperBound) : Ticks.fractions
        var kept: [Tick] = []
        for value in candidates.reversed() where domain.contains(value) {
            let position = position(value)
            if let last = kept.last, abs(last.position - position) < spacing { continue }
            let shown = spread == .towardsOne ? value * 100 : value
            kept.append(
                Tick(
                    value: value, position: position,
                    label: NumberText.tick(shown, step: shown == shown.rounded() ? 1 : 0.1)))
        }
        return kept.reversed()
    }

    private func spread(_ value: Double) -> Double {
        switch spread {
        case .even: value
        case .towardsOne: -log10(max(0, 1 - value) + 0.001)
        case .logarithmic: log10(1 + max(0, value))
        }
    }
}
