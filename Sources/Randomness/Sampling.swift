/// Draws from distributions. Equal generators give equal draws on every platform.
///
/// A value of it holds the tables it draws with; make one beforehand.
///
///     var generator = PCG64(seed: Seed(7))
///     let sampling = Sampling()
///     let gap = sampling.exponential(using: &generator)
public struct Sampling: Sendable {
    private let normalLayers = Ziggurat.normal
    private let exponentialLayers = Ziggurat.exponential

    public init() {}

    /// In [0, 1), 53 random bits.
    public func uniform(using generator: inout PCG64) -> Double {
        Double(generator.next() >> 11) * 0x1p-53
    }

    /// In (0, 1], 53 random bits: safe to take the logarithm of.
    public func positiveUniform(using generator: inout PCG64) -> Double {
        Double((generator.next() >> 11) + 1) * 0x1p-53
    }

    /// Fills `buffer` with what as many calls of ``exponential(using:)`` would give, in less time: the draws overlap.
    public func exponentials(into buffer: UnsafeMutableBufferPointer<Double>, using generator: inout PCG64) {
        // A copy, which stays in registers.
        var own = generator
        for index in buffer.indices { buffer[index] = exponential(using: &own) }
        generator = own
    }

    /// Fills `buffer` with exp(mean + deviation · x) of standard normal x, in the order of as many calls of ``normal(using:)``.
    public func lognormals(
        into buffer: UnsafeMutableBufferPointer<Double>, mean: Double, deviation: Double, using generator: inout PCG64
    ) {
        var own = generator
        for index in buffer.indices { buffer[index] = normal(using: &own) }
        generator = own
        for index in buffer.indices { buffer[index] = Elementary.exp(mean + deviation * buffer[index]) }
    }

    /// Exponential with mean 1, by the ziggurat method.
    @inline(__always)
    public func exponential(using generator: inout PCG64) -> Double {
        let table = exponentialLayers
        var offset = 0.0
        while true {
            let word = generator.next()
            let layer = Int(word & 0xFF)
            let x = Double(word >> 11) * 0x1p-53 * table.x[layer]
            if x < table.x[layer + 1] { return offset + x }
            if layer == 0 {
                // The tail of an exponential is an exponential.
                offset += Ziggurat.exponentialTail
                continue
            }
            let y = table.f[layer] + uniform(using: &generator) * (table.f[layer + 1] - table.f[layer])
            if y < Elementary.exp(-x) { return offset + x }
        }
    }

    /// Standard normal, by the ziggurat method.
    @inline(__always)
    public func normal(using generator: inout PCG64) -> Double {
        let table = normalLayers
        while true {
            let word = generator.next()
            let layer = Int(word & 0xFF)
            let magnitude = Double(word >> 11) * 0x1p-53 * table.x[layer]
            // The sign without a branch that half of all draws would mispredict.
            let x = Double(bitPattern: magnitude.bitPattern | (word & 0x100) << 55)
            if magnitude < table.x[layer + 1] { return x }
            if layer == 0 {
                let tail = normalTail(using: &generator)
                return x < 0 ? -tail : tail
            }
            let y = table.f[layer] + uniform(using: &generator) * (table.f[layer + 1] - table.f[layer])
            if y < Elementary.exp(-0.5 * x * x) { return x }
        }
    }

    /// By Marsaglia (1964).
    private func normalTail(using generator: inout PCG64) -> Double {
        while true {
            let x = -Elementary.log(positiveUniform(using: &generator)) / Ziggurat.normalTail
            let y = -Elementary.log(positiveUniform(using: &generator))
            if 2 * y > x * x { return Ziggurat.normalTail + x }
        }
    }

    /// Gamma with scale 1, by Marsaglia and Tsang (2000); shapes below 1 by their boost. `shape` is above 0.
    public func gamma(shape: Double, using generator: inout PCG64) -> Double {
        if shape < 1 {
            let boosted = gamma(shape: shape + 1, using: &generator)
            return boosted * Elementary.exp(Elementary.log(positiveUniform(using: &generator)) / shape)
        }
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal(using: &generator)
            let root = 1 + c * x
            let v = root * root * root
            guard v > 0 else { continue }
            let u = positiveUniform(using: &generator)
            let square = x * x
            if u < 1 - 0.0331 * square * square { return d * v }
            if Elementary.log(u) < 0.5 * square + d - d * v + d * Elementary.log(v) { return d * v }
        }
    }

    /// Poisson, by inversion in pieces of mean 16 at most. `mean` is finite, 0 or more.
    public func poisson(mean: Double, using generator: inout PCG64) -> Int {
        var count = 0
        var left = mean
        while left > 0 {
            let piece = min(left, 16)
            left -= piece
            var rest = uniform(using: &generator)
            var probability = Elementary.exp(-piece)
            var k = 0
            while rest >= probability, k < 200 {
                rest -= probability
                k += 1
                probability *= piece / Double(k)
            }
            count += k
        }
        return count
    }

    /// Normal, drawn again while outside the bounds, which hold a good part of it; after 1,000 draws moved into them.
    public func truncatedNormal(
        mean: Double, standardDeviation: Double, min: Double, max: Double, using generator: inout PCG64
    ) -> Double {
        guard standardDeviation > 0 else { return Swift.min(Swift.max(mean, min), max) }
        var value = mean
        for _ in 0..<1_000 {
            value = mean + standardDeviation * normal(using: &generator)
            if value >= min, value <= max { return value }
        }
        return Swift.min(Swift.max(value, min), max)
    }
}
