public import Randomness

/// What the work of a task takes, in seconds.
public struct ServiceTime: Sendable, Hashable {
    public enum Distribution: Sendable, Hashable {
        case constant(Double)
        case gamma(shape: Double, mean: Double)
        /// `cv` is the coefficient of variation, standard deviation over mean.
        case lognormal(mean: Double, cv: Double)
        /// Gamma with shape 1.
        case exponential(mean: Double)
        /// One of these, equally likely.
        case empirical([Double])
    }

    public var distribution: Distribution
    /// Draws are moved into these bounds.
    public var min: Double
    public var max: Double
    /// Times are those of square images of whole pixels; nil: any.
    public var pixels: PixelTimes?
    /// What draws are multiplied by at last; nil: nothing.
    public var drift: ServiceDrift?

    public init(
        _ distribution: Distribution, min: Double = 0, max: Double = .infinity, pixels: PixelTimes? = nil,
        drift: ServiceDrift? = nil
    ) {
        self.distribution = distribution
        self.min = min
        self.max = max
        self.pixels = pixels
        self.drift = drift
    }

    /// The distribution's mean, moved into the bounds, without drift: what somebody knows who has measured it once.
    public var mean: Double {
        let mean =
            switch distribution {
            case .constant(let seconds): seconds
            case .gamma(_, let mean), .lognormal(let mean, _), .exponential(let mean): mean
            case .empirical(let values): values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
            }
        return Swift.min(Swift.max(mean, min), max)
    }
}

/// The time of an image of `side` × `side` pixels: `a · side² + b` seconds (arXiv 2602.06555, its calibration of 26 October
/// 2025). A drawn time is that of the largest image that takes no longer.
public struct PixelTimes: Sendable, Hashable {
    public var a: Double
    public var b: Double

    public init(a: Double = 1.7099013205346125e-07, b: Double = 0.0016654777540409116) {
        self.a = a
        self.b = b
    }

    /// The time of an image of whole pixels that takes `seconds` or a little less.
    public func snapped(_ seconds: Double) -> Double {
        let side = (Swift.max(0, seconds - b) / a).squareRoot().rounded(.down)
        return self.seconds(side: side)
    }

    /// The time of an image of `side` × `side` pixels.
    public func seconds(side: Double) -> Double { a * side * side + b }
}

/// A service time prepared for drawing.
public struct ServiceSampler: Sendable {
    private enum Kind: Sendable {
        case constant, gamma, lognormal, exponential, empirical
    }

    private let kind: Kind
    private let sampling = Sampling()
    private let a: Double
    private let b: Double
    private let values: [Double]
    private let min: Double
    private let max: Double
    private let pixels: PixelTimes?
    private let drift: ServiceDrift?

    public init(_ service: ServiceTime) {
        min = service.min
        max = service.max
        pixels = service.pixels
        drift = service.drift
        switch service.distribution {
        case .constant(let seconds): (kind, a, b, values) = (.constant, seconds, 0, [])
        case .gamma(let shape, let mean):
            (kind, a, b, values) = shape > 0 ? (.gamma, shape, mean / shape, []) : (.constant, mean, 0, [])
        case .lognormal(let mean, let cv):
            let variance = Elementary.log1p(cv * cv)
            (kind, a, b, values) =
                mean > 0
                ? (.lognormal, Elementary.log(mean) - variance / 2, variance.squareRoot(), []) : (.constant, 0, 0, [])
        case .exponential(let mean): (kind, a, b, values) = (.exponential, mean, 0, [])
        case .empirical(let values): (kind, a, b, self.values) = (.empirical, 0, 0, values)
        }
    }

    /// The work of a task that is generated at `time`, in seconds. The draw does not depend on the time; what becomes of it does.
    public func sample(at time: Double, using generator: inout PCG64) -> Double {
        drifted(draw(using: &generator), at: time)
    }

    /// What a draw is for a task that is generated at `time`.
    @inline(__always)
    public func drifted(_ drawn: Double, at time: Double) -> Double {
        guard let drift else { return drawn }
        return drawn * drift.factor(at: time)
    }

    /// Fills `buffer` with what as many calls of ``draw(using:)`` would give, in less time.
    public func draw(into buffer: UnsafeMutableBufferPointer<Double>, using generator: inout PCG64) {
        guard kind == .lognormal else {
            for index in buffer.indices { buffer[index] = draw(using: &generator) }
            return
        }
        sampling.lognormals(into: buffer, mean: a, deviation: b, using: &generator)
        for index in buffer.indices { buffer[index] = bounded(buffer[index]) }
    }

    /// Draws a time in seconds, which ``drifted(_:at:)`` makes the work of a task.
    public func draw(using generator: inout PCG64) -> Double {
        let drawn: Double
        switch kind {
        case .constant: drawn = a
        case .lognormal: drawn = Elementary.exp(a + b * sampling.normal(using: &generator))
        case .gamma: drawn = b * sampling.gamma(shape: a, using: &generator)
        case .exponential: drawn = a * sampling.exponential(using: &generator)
        case .empirical:
            let index = Int(generator.nextDouble() * Double(values.count))
            drawn = values.isEmpty ? 0 : values[Swift.min(index, values.count - 1)]
        }
        return bounded(drawn)
    }

    @inline(__always)
    private func bounded(_ drawn: Double) -> Double {
        let seconds = Swift.min(Swift.max(drawn, min), max)
        return pixels.map { $0.snapped(seconds) } ?? seconds
    }
}
