/// Moments and quantiles of a list of finite numbers.
enum Sample {
    /// The arithmetic mean; of equal values exactly that value. 0 of none.
    static func mean(_ values: [Double]) -> Double {
        guard let first = values.first else { return 0 }
        // The mean deviation from the first value is small where values are close, and 0 where they are equal.
        return first + values.reduce(0) { $0 + ($1 - first) } / Double(values.count)
    }

    /// The sample standard deviation, with n − 1; 0 of fewer than two.
    static func deviation(_ values: [Double]) -> Double {
        guard values.count > 1 else { return 0 }
        let mean = mean(values)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(values.count - 1)).squareRoot()
    }

    /// The quantile p, 0 to 1, of sorted values, interpolated linearly between order statistics. 0 of none.
    static func quantile(_ p: Double, ofSorted values: [Double]) -> Double {
        guard let last = values.last else { return 0 }
        let position = min(1, max(0, p)) * Double(values.count - 1)
        let index = Int(position)
        guard index + 1 < values.count else { return last }
        return values[index] + (position - Double(index)) * (values[index + 1] - values[index])
    }
}
