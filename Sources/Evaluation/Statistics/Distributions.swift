import Foundation

/// The standard normal distribution.
enum Normal {
    /// P(Z ≤ z).
    static func probability(below z: Double) -> Double { 0.5 * erfc(-z / 2.squareRoot()) }

    /// The z with P(Z ≤ z) = p, within ±9.
    static func quantile(_ p: Double) -> Double {
        bisect(from: -9, to: 9) { probability(below: $0) < p }
    }
}

/// Student's t distribution.
enum StudentT {
    /// P(|T| ≤ t) for a whole number of degrees of freedom, at least 1, with tan θ = t / √ν.
    ///
    /// Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
    static func probability(within angle: Double, degreesOfFreedom: Int) -> Double {
        let sine = sin(angle)
        let cosine = cos(angle)
        let odd = !degreesOfFreedom.isMultiple(of: 2)
        if degreesOfFreedom == 1 { return angle * 2 / .pi }
        var term = odd ? cosine : 1
        var sum = term
        for k in stride(from: odd ? 3 : 2, to: degreesOfFreedom, by: 2) {
            term *= cosine * cosine * Double(k - 1) / Double(k)
            sum += term
        }
        return odd ? (angle + sine * sum) * 2 / .pi : sine * sum
    }

    /// The t with P(|T| ≤ t) = `confidence`, which is above 0 and below 1. From 1,000 degrees of freedom on, the first
    /// two terms of the Cornish-Fisher expansion, whose error is below 1e-6 there.
    static func quantile(within confidence: Double, degreesOfFreedom: Int) -> Double {
        guard degreesOfFreedom < 1_000 else {
            let z = Normal.quantile(0.5 + confidence / 2)
            return z + (z * z * z + z) / (4 * Double(degreesOfFreedom))
        }
        let angle = bisect(from: 0, to: .pi / 2) {
            probability(within: $0, degreesOfFreedom: degreesOfFreedom) < confidence
        }
        return tan(angle) * Double(degreesOfFreedom).squareRoot()
    }
}

/// Where a test turns from true to false, to the last bits of a double.
private func bisect(from low: Double, to high: Double, _ isBelow: (Double) -> Bool) -> Double {
    var (low, high) = (low, high)
    for _ in 0..<64 {
        let middle = low + (high - low) / 2
        if isBelow(middle) { low = middle } else { high = middle }
    }
    return low + (high - low) / 2
}
