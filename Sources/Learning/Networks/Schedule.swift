/// A value that changes over a training run.
public enum Schedule: Sendable, Hashable, Codable {
    case constant(Double)
    /// From `from` at the beginning to `to` after `fraction` of the run, and `to` from then on.
    case linear(from: Double, to: Double, fraction: Double = 1)
    /// `from` times `factor` to the power of the episodes done, not below `to`.
    case perEpisode(from: Double, factor: Double, to: Double)

    /// - Parameters:
    ///   - progress: share of the run done, from 0 to 1.
    ///   - episodes: done so far.
    public func value(progress: Double, episodes: Int = 0) -> Double {
        switch self {
        case .constant(let value): value
        case .linear(let from, let to, let fraction):
            interpolated(from, to, fraction > 0 ? min(max(progress / fraction, 0), 1) : 1)
        case .perEpisode(let from, let factor, let to): max(to, power(factor, episodes) * from)
        }
    }

    /// `from` and `to` exactly at the shares 0 and 1.
    private func interpolated(_ from: Double, _ to: Double, _ share: Double) -> Double {
        (1 - share) * from + share * to
    }

    private func power(_ base: Double, _ exponent: Int) -> Double {
        var result = 1.0
        var square = base
        var rest = max(exponent, 0)
        while rest > 0 {
            if rest & 1 == 1 { result *= square }
            square *= square
            rest >>= 1
        }
        return result
    }
}
