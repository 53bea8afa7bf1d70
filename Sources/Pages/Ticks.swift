import Foundation

/// Round numbers for axes.
public enum Ticks {
    /// The multiples of 1, 2 or 5 times a power of ten in a domain, about `count` of them; the domain's only value if it
    /// has but one.
    public static func linear(_ domain: ClosedRange<Double>, about count: Int) -> [Double] {
        let (low, high) = (domain.lowerBound, domain.upperBound)
        guard high > low, (high - low).isFinite else { return [low] }
        let rough = (high - low) / Double(max(1, count))
        let power = floor(log10(rough))
        let mantissa = rough / pow(10, power)
        let factor: Double = mantissa <= 1.5 ? 1 : mantissa <= 3.5 ? 2 : mantissa <= 7.5 ? 5 : 10
        // Whole numbers of 10^power: dividing by 10^-power gives 0.3, where multiplying by 0.1 would give 0.30000000000000004.
        func value(_ multiple: Double) -> Double {
            power < 0 ? multiple * factor / pow(10, -power) : multiple * factor * pow(10, power)
        }
        let step = value(1)
        guard step > 0, low + step > low else { return [low] }
        let first = (low / step - 1e-9).rounded(.up)
        let last = (high / step + 1e-9).rounded(.down)
        guard last >= first else { return [low] }
        return stride(from: first, through: last, by: 1).map { value($0 + 0) }
    }

    /// The distance of ticks; 0 of fewer than two.
    public static func step(_ ticks: [Double]) -> Double { ticks.count > 1 ? ticks[1] - ticks[0] : 0 }

    /// Round values for fractions that crowd towards 1.
    public static let fractions: [Double] = [
        0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1,
    ]

    /// Round values for counts on a logarithmic scale: 0, 1, 2, 5, 10, 20, …
    public static func counts(through high: Double) -> [Double] {
        var values = [0.0]
        var decade = 1.0
        while decade <= high, decade < 1e15 {
            values += [1, 2, 5].map { $0 * decade }.filter { $0 <= high }
            decade *= 10
        }
        return values
    }
}
