import Foundation
import Testing

@testable import Evaluation

@Suite struct IntervalTests {
    @Test("one value is its own interval")
    func one() throws {
        #expect(try Interval(ofMean: [3.25]) == Interval(mean: 3.25, low: 3.25, high: 3.25, sd: 0))
    }

    @Test("equal values have an interval of no width")
    func equal() throws {
        #expect(
            try Interval(ofMean: Array(repeating: 0.1, count: 9)) == Interval(mean: 0.1, low: 0.1, high: 0.1, sd: 0))
    }

    @Test("equal seeds give equal intervals, other seeds others")
    func deterministic() throws {
        let values = (0..<40).map { sin(Double($0)) }
        #expect(try Interval(ofMean: values) == Interval(ofMean: values))
        #expect(try Interval(ofMean: values) != Interval(ofMean: values, seed: 5))
    }

    @Test("of many normal values, the interval is mean ± 1.96 standard errors")
    func normalTheory() throws {
        var generator = SplitMix64(seed: 4)
        let values = (0..<400).map { _ in normal(&generator) }
        let interval = try Interval(ofMean: values, resamples: 20_000)
        let error = interval.sd / 20
        #expect(abs(interval.low - (interval.mean - 1.96 * error)) < 0.12 * error)
        #expect(abs(interval.high - (interval.mean + 1.96 * error)) < 0.12 * error)
    }

    @Test("the interval of skewed values reaches further on the side of the tail")
    func skewed() throws {
        let values = (0..<30).map { Double($0) < 27 ? 1 : 0.2 + Double($0) / 100 }
        let interval = try Interval(ofMean: values)
        #expect(interval.mean - interval.low > 1.15 * (interval.high - interval.mean))
        #expect(interval.high <= 1)
    }

    @Test("two values: no more than the values themselves, and nothing that is not a number")
    func two() throws {
        let interval = try Interval(ofMean: [1, 3])
        #expect(interval.low >= 1 && interval.high <= 3 && interval.low < interval.high)
        #expect(interval.mean == 2)
    }

    /// 95 % nominal. The standard error of a coverage over 1,000 samples is 0.7 points; a small sample of a skewed
    /// distribution is known to be covered less (Hesterberg 2015, section 4.5).
    @Test(
        "intervals cover the true mean about 95 times in 100",
        arguments: [
            (10, false, 0.93...0.98), (30, false, 0.93...0.97), (10, true, 0.87...0.96), (40, true, 0.92...0.97),
        ])
    func coverage(count: Int, skewed: Bool, expected: ClosedRange<Double>) throws {
        var generator = SplitMix64(seed: UInt64(count))
        let trials = 1_000
        let bootstrap = try Bootstrap(episodes: count, resamples: 800)
        var covered = 0
        for _ in 0..<trials {
            let values = (0..<count).map { _ in
                skewed ? -log(1 - Double.random(in: 0..<1, using: &generator)) : 1 + normal(&generator)
            }
            let interval = bootstrap.mean(of: values)
            if interval.low <= 1, 1 <= interval.high { covered += 1 }
        }
        #expect(expected.contains(Double(covered) / Double(trials)))
    }

    @Test("no values, too few resamples, too many: errors that say so")
    func refused() {
        #expect(throws: EvaluationError.noEpisodes(policy: "(values)")) { try Interval(ofMean: []) }
        #expect(throws: EvaluationError.resamples(got: 99)) { try Interval(ofMean: [1, 2], resamples: 99) }
        #expect(throws: EvaluationError.resamples(got: 100_001)) { try Interval(ofMean: [1, 2], resamples: 100_001) }
    }

    @Test("whatever the values, ends are finite and on both sides of the mean")
    func always() throws {
        var generator = SplitMix64(seed: 11)
        for trial in 0..<200 {
            let scale = pow(10, Double.random(in: -100...99, using: &generator))
            let values = (0..<(2 + trial % 12)).map { _ in
                trial.isMultiple(of: 3)
                    ? scale * Double(Int.random(in: 0...1, using: &generator)) : scale * normal(&generator)
            }
            let interval = try Interval(ofMean: values, resamples: 200)
            #expect([interval.low, interval.mean, interval.high, interval.sd].allSatisfy { $0.isFinite })
            #expect(interval.low <= interval.mean && interval.mean <= interval.high)
        }
    }

    private func normal(_ generator: inout SplitMix64) -> Double {
        let (a, b) = (Double.random(in: 0..<1, using: &generator), Double.random(in: 0..<1, using: &generator))
        return (-2 * log(1 - a)).squareRoot() * cos(2 * .pi * b)
    }
}
