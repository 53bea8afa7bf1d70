public import Randomness

/// Mean and variance of many draws.
public struct Moments: Sendable {
    public let values: [Double]
    public let mean: Double
    public let variance: Double

    public init(of count: Int, seed: UInt64 = 1, draw: (inout PCG64) -> Double) {
        var generator = PCG64(seed: Seed(seed))
        self.init((0..<count).map { _ in draw(&generator) })
    }

    public init(_ values: [Double]) {
        let count = values.count
        let mean = values.reduce(0, +) / Double(count)
        self.values = values
        self.mean = mean
        variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)
    }

    /// The standard error of the mean, given the distribution's standard deviation.
    public func meanError(_ deviation: Double) -> Double { deviation / Double(values.count).squareRoot() }

    /// The standard error of the variance, given the distribution's and its excess kurtosis.
    public func varianceError(_ variance: Double, kurtosis: Double) -> Double {
        variance * ((2 + kurtosis) / Double(values.count)).squareRoot()
    }

    /// The largest distance between the draws' distribution and `distribution`, times √n (Kolmogorov and Smirnov). Above
    /// 1.95 it is by chance once in 1,000.
    public func distance(from distribution: (Double) -> Double) -> Double {
        let count = Double(values.count)
        var largest = 0.0
        for (index, value) in values.sorted().enumerated() {
            let expected = distribution(value)
            largest = max(largest, abs(expected - Double(index) / count), abs(expected - Double(index + 1) / count))
        }
        return largest * count.squareRoot()
    }
}
