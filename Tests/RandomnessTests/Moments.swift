import Randomness

/// Mean and variance of many draws.
struct Moments {
    let values: [Double]
    let mean: Double
    let variance: Double

    init(of count: Int, seed: UInt64 = 1, draw: (inout PCG64) -> Double) {
        var generator = PCG64(seed: Seed(seed))
        let values = (0..<count).map { _ in draw(&generator) }
        let mean = values.reduce(0, +) / Double(count)
        self.values = values
        self.mean = mean
        variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)
    }

    /// Of the mean, given the distribution's standard deviation.
    func meanError(_ deviation: Double) -> Double { deviation / Double(values.count).squareRoot() }

    /// Of the variance, given the distribution's and its excess kurtosis.
    func varianceError(_ variance: Double, kurtosis: Double) -> Double {
        variance * ((2 + kurtosis) / Double(values.count)).squareRoot()
    }

    /// The largest distance between the draws' distribution and `distribution`, times √n (Kolmogorov and Smirnov). Above
    /// 1.95 it is by chance once in 1,000.
    func distance(from distribution: (Double) -> Double) -> Double {
        let count = Double(values.count)
        var largest = 0.0
        for (index, value) in values.sorted().enumerated() {
            let expected = distribution(value)
            largest = max(largest, abs(expected - Double(index) / count), abs(expected - Double(index + 1) / count))
        }
        return largest * count.squareRoot()
    }
}
