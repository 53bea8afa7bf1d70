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

    /// Whether it is 0 at both shares of a run, and so between them.
    func isZero(from: Double, to: Double) -> Bool {
        switch self {
        case .constant(let value): value == 0
        case .linear: value(progress: from) == 0 && value(progress: to) == 0
        case .perEpisode(let first, _, let least): first == 0 && least == 0
        }
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
    private struct Form: Codable {
        var from: Double
        var to: Double
        var fraction: Double?
        var factor: Double?
    }

    public init(from decoder: any Decoder) throws {
        if let value = try? Double(from: decoder) {
            self = .constant(value)
            return
        }
        let form = try Form(from: decoder)
        self =
            form.factor.map { .perEpisode(from: form.from, factor: $0, to: form.to) }
            ?? .linear(from: form.from, to: form.to, fraction: form.fraction ?? 1)
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .constant(let value): try value.encode(to: encoder)
        case .linear(let from, let to, let fraction):
            try Form(from: from, to: to, fraction: fraction).encode(to: encoder)
        case .perEpisode(let from, let factor, let to):
            try Form(from: from, to: to, factor: factor).encode(to: encoder)
        }
    }
}
