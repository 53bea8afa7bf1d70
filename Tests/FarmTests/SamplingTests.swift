import Foundation
import Testing

@testable import Farm

/// Tolerances are five standard errors of the moments; seeds are fixed, so a test passes always or never.
struct SamplingTests {
    private let count = 200_000

    @Test func uniform() {
        let draws = Moments(of: count) { Sampling.uniform(using: &$0) }
        #expect(abs(draws.mean - 0.5) < 0.0033)
        #expect(abs(draws.variance - 1.0 / 12) < 0.001)
        #expect(draws.values.allSatisfy { (0..<1).contains($0) })
    }

    @Test("The extremes of the generator stay in [0, 1) and finite")
    func extremes() {
        struct Fixed: RandomNumberGenerator {
            let word: UInt64
            func next() -> UInt64 { word }
        }
        for word in [UInt64.min, .max, 1, 1 << 11] {
            var generator = Fixed(word: word)
            #expect((0..<1).contains(Sampling.uniform(using: &generator)))
            #expect((0..<40).contains(Sampling.exponential(mean: 1, using: &generator)))
        }
    }

    @Test func exponential() {
        let draws = Moments(of: count) { Sampling.exponential(mean: 3, using: &$0) }
        #expect(abs(draws.mean - 3) < 0.034)
        #expect(abs(draws.variance - 9) < 0.29)
    }

    @Test func normal() {
        let draws = Moments(of: count) { Sampling.normal(using: &$0) }
        #expect(abs(draws.mean) < 0.0112)
        #expect(abs(draws.variance - 1) < 0.0159)
        let within = Double(draws.values.count { abs($0) < 1.96 }) / Double(count)
        #expect(abs(within - 0.95) < 0.0025)
    }

    @Test(
        "Gamma has variance mean² / shape, below and above shape 1",
        arguments: [(0.2, 1.5), (1, 2), (4, 0.25), (50, 10)])
    func gamma(shape: Double, mean: Double) {
        let draws = Moments(of: count) { Sampling.gamma(shape: shape, mean: mean, using: &$0) }
        let variance = mean * mean / shape
        #expect(abs(draws.mean - mean) < 5 * (variance / Double(count)).squareRoot())
        // Excess kurtosis is 6 / shape.
        #expect(abs(draws.variance - variance) < 5 * variance * ((2 + 6 / shape) / Double(count)).squareRoot())
        #expect(draws.values.allSatisfy { $0 >= 0 && $0.isFinite })
    }

    @Test("Lognormal has the mean and the coefficient of variation that it is given", arguments: [(2, 0.5), (0.1, 1)])
    func lognormal(mean: Double, cv: Double) {
        let draws = Moments(of: count) { Sampling.lognormal(mean: mean, cv: cv, using: &$0) }
        #expect(abs(draws.mean - mean) < 5 * mean * cv / Double(count).squareRoot())
        #expect(abs(draws.variance.squareRoot() / draws.mean - cv) < 0.05 * cv)
        let logs = draws.values.map { log($0) }
        let meanOfLogs = logs.reduce(0, +) / Double(count)
        #expect(abs(meanOfLogs - (log(mean) - log(1 + cv * cv) / 2)) < 0.01)
    }

    @Test func degenerateShapes() {
        var generator = SplitMix64(1)
        #expect(Sampling.lognormal(mean: 0, cv: 1, using: &generator) == 0)
        #expect(abs(Sampling.lognormal(mean: 3, cv: 0, using: &generator) - 3) < 1e-12)
        #expect(Sampling.gamma(shape: 0, mean: 3, using: &generator) == 3)
        #expect(Sampling.gamma(shape: 2, mean: 0, using: &generator) == 0)
    }

    @Test("Draws of a service time are moved into its bounds")
    func bounds() {
        let service = ServiceTime(.gamma(shape: 4, mean: 1), min: 0.9, max: 1.1)
        let draws = Moments(of: 10_000) { service.sample(using: &$0) }
        #expect(draws.values.min() == 0.9 && draws.values.max() == 1.1)
        #expect(service.mean == 1)
        #expect(ServiceTime(.constant(5), max: 2).mean == 2)
    }

    @Test func empirical() {
        let service = ServiceTime(.empirical([1, 2, 6]))
        #expect(service.mean == 3)
        let draws = Moments(of: 30_000) { service.sample(using: &$0) }
        #expect(Set(draws.values) == [1, 2, 6])
        #expect(abs(draws.mean - 3) < 0.07)
    }
}
