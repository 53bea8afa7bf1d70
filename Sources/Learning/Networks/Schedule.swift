/// A value that changes over a training run.
public enum Schedule: Sendable, Hashable {
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

/// As JSON: a number, or an object with `from`, `to` and either `fraction` or `factor`.
extension Schedule: Codable {
    private enum Key: String, CodingKey {
        case from
        case to
        case fraction
        case factor
    }

    public init(from decoder: any Decoder) throws {
        if let value = try? decoder.singleValueContainer().decode(Double.self) {
            self = .constant(value)
            return
        }
        let container = try decoder.container(keyedBy: Key.self)
        let from = try container.decode(Double.self, forKey: .from)
        let to = try container.decode(Double.self, forKey: .to)
        if let factor = try container.decodeIfPresent(Double.self, forKey: .factor) {
            self = .perEpisode(from: from, factor: factor, to: to)
        } else {
            let fraction = try container.decodeIfPresent(Double.self, forKey: .fraction) ?? 1
            self = .linear(from: from, to: to, fraction: fraction)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .constant(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .linear(let from, let to, let fraction):
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(from, forKey: .from)
            try container.encode(to, forKey: .to)
            try container.encode(fraction, forKey: .fraction)
        case .perEpisode(let from, let factor, let to):
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(from, forKey: .from)
            try container.encode(factor, forKey: .factor)
            try container.encode(to, forKey: .to)
        }
    }
}
