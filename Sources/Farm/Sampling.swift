import Foundation

/// Draws from the distributions that scenarios are made of.
enum Sampling {
    /// In [0, 1), 53 random bits.
    static func uniform(using generator: inout some RandomNumberGenerator) -> Double {
        Double(generator.next() >> 11) * 0x1p-53
    }

    static func exponential(mean: Double, using generator: inout some RandomNumberGenerator) -> Double {
        -mean * log(1 - uniform(using: &generator))
    }

    /// Standard normal, by the polar method (Marsaglia and Bray, 1964); the second number of each pair is dropped, so that
    /// a draw depends on nothing drawn before.
    static func normal(using generator: inout some RandomNumberGenerator) -> Double {
        while true {
            let x = 2 * uniform(using: &generator) - 1
            let y = 2 * uniform(using: &generator) - 1
            let square = x * x + y * y
            if square > 0, square < 1 { return x * (-2 * log(square) / square).squareRoot() }
        }
    }

    /// By Marsaglia and Tsang (2000); shapes below 1 by their boost.
    static func gamma(shape: Double, mean: Double, using generator: inout some RandomNumberGenerator) -> Double {
        guard shape > 0 else { return mean }
        let scale = mean / shape
        if shape < 1 {
            let boosted = gamma(shape: shape + 1, mean: shape + 1, using: &generator)
            return scale * boosted * pow(1 - uniform(using: &generator), 1 / shape)
        }
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal(using: &generator)
            let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
            guard v > 0 else { continue }
            let u = 1 - uniform(using: &generator)
            if log(u) < 0.5 * x * x + d - d * v + d * log(v) { return scale * d * v }
        }
    }

    static func lognormal(mean: Double, cv: Double, using generator: inout some RandomNumberGenerator) -> Double {
        guard mean > 0 else { return 0 }
        let variance = log(1 + cv * cv)
        return exp(log(mean) - variance / 2 + variance.squareRoot() * normal(using: &generator))
    }
}
