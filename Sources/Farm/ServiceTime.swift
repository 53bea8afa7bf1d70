/// How long a worker needs for a task, in seconds.
public struct ServiceTime: Sendable, Hashable {
    public enum Distribution: Sendable, Hashable {
        case constant(Double)
        case gamma(shape: Double, mean: Double)
        /// `cv` is the coefficient of variation, standard deviation over mean.
        case lognormal(mean: Double, cv: Double)
        /// One of these, equally likely.
        case empirical([Double])
    }

    public var distribution: Distribution
    /// Draws are moved into these bounds.
    public var min: Double
    public var max: Double

    public init(_ distribution: Distribution, min: Double = 0, max: Double = .infinity) {
        self.distribution = distribution
        self.min = min
        self.max = max
    }

    /// The mean before the bounds are applied.
    public var mean: Double {
        let mean =
            switch distribution {
            case .constant(let seconds): seconds
            case .gamma(_, let mean): mean
            case .lognormal(let mean, _): mean
            case .empirical(let values): values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
            }
        return Swift.min(Swift.max(mean, min), max)
    }

    /// Draws one.
    public func sample(using generator: inout some RandomNumberGenerator) -> Double {
        let drawn =
            switch distribution {
            case .constant(let seconds): seconds
            case .gamma(let shape, let mean): Sampling.gamma(shape: shape, mean: mean, using: &generator)
            case .lognormal(let mean, let cv): Sampling.lognormal(mean: mean, cv: cv, using: &generator)
            case .empirical(let values): values.randomElement(using: &generator) ?? 0
            }
        return Swift.min(Swift.max(drawn, min), max)
    }
}
