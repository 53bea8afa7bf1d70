import Foundation

/// The distance of measured values from a distribution.
enum KolmogorovSmirnov {
    /// - Parameters:
    ///   - sorted: ascending.
    ///   - cumulative: the distribution function.
    static func distance(_ sorted: [Double], _ cumulative: (Double) -> Double) -> Double {
        let count = Double(sorted.count)
        var distance = 0.0
        for (index, value) in sorted.enumerated() {
            let expected = cumulative(value)
            distance = max(distance, expected - Double(index) / count, Double(index + 1) / count - expected)
        }
        return distance
    }

    /// The chance of such a distance or a larger one (Stephens 1970, as in Numerical Recipes 14.3).
    static func probability(_ distance: Double, count: Int) -> Double {
        let root = Double(count).squareRoot()
        let x = (root + 0.12 + 0.11 / root) * distance
        // The series does not converge near 0, where the chance is 1 to ten digits.
        guard x > 0.2 else { return 1 }
        var sum = 0.0
        for k in 1...100 {
            let term = exp(-2 * x * x * Double(k * k))
            sum += k.isMultiple(of: 2) ? -term : term
            if term < 1e-12 { break }
        }
        return min(1, max(0, 2 * sum))
    }
}

/// Distribution functions and what is needed to fit them.
enum Distributions {
    /// The standard normal distribution's.
    static func normal(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

    /// The gamma distribution's with scale 1: the regularised lower incomplete gamma function, by its series or its continued
    /// fraction (Numerical Recipes 6.2).
    static func gamma(_ x: Double, shape: Double) -> Double {
        guard x > 0 else { return 0 }
        // A shape this large is a normal distribution (Wilson and Hilferty 1931).
        if shape > 1e4 {
            let cube = pow(x / shape, 1.0 / 3)
            return normal((cube - (1 - 1 / (9 * shape))) * (9 * shape).squareRoot())
        }
        let factor = exp(shape * log(x) - x - lgamma(shape))
        if x < shape + 1 {
            var term = 1 / shape
            var sum = term
            for k in 1..<5_000 {
                term *= x / (shape + Double(k))
                sum += term
                if term < sum * 1e-14 { break }
            }
            return min(1, sum * factor)
        }
        var b = x + 1 - shape
        var c = 1e300
        var d = 1 / b
        var fraction = d
        for k in 1..<5_000 {
            let a = -Double(k) * (Double(k) - shape)
            b += 2
            d = 1 / (a * d + b)
            c = b + a / c
            fraction *= d * c
            if abs(d * c - 1) < 1e-14 { break }
        }
        return max(0, 1 - factor * fraction)
    }

    /// The derivative of the gamma function's logarithm, for positive arguments.
    static func digamma(_ x: Double) -> Double {
        var (x, sum) = (x, 0.0)
        while x < 6 {
            sum -= 1 / x
            x += 1
        }
        let y = 1 / (x * x)
        return sum + log(x) - 0.5 / x - y * (1.0 / 12 - y * (1.0 / 120 - y * (1.0 / 252 - y / 240)))
    }

    /// The second derivative.
    static func trigamma(_ x: Double) -> Double {
        var (x, sum) = (x, 0.0)
        while x < 6 {
            sum += 1 / (x * x)
            x += 1
        }
        let y = 1 / (x * x)
        return sum + 1 / x + y / 2 + y / x * (1.0 / 6 - y * (1.0 / 30 - y * (1.0 / 42 - y / 30)))
    }
}
