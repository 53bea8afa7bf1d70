import Foundation
import Randomness
import Testing

@testable import Calibration

@Suite("Fits")
struct CalibrationTests {
    @Test("A gamma's shape and mean are found, and it is told from a lognormal", arguments: [0.7, 2.0, 9.0])
    func gamma(shape: Double) throws {
        var generator = PCG64(seed: Seed(5))
        let times = (0..<4_000).map { _ in 0.3 / shape * Sampling().gamma(shape: shape, using: &generator) }
        let fit = try #require(ServiceFit(times))
        guard case .gamma(let found, let mean) = fit.family else {
            Issue.record("\(fit.family.name)")
            return
        }
        #expect(abs(found / shape - 1) < 0.08)
        #expect(abs(mean / 0.3 - 1) < 0.06)
        #expect(fit.distance < 0.03)
        #expect(try #require(fit.probability) > 0.05)
    }

    @Test("A lognormal, a constant and a mixture of two are told apart")
    func families() throws {
        var generator = PCG64(seed: Seed(6))
        let lognormal = (0..<4_000).map { _ in exp(1.2 * Sampling().normal(using: &generator)) }
        #expect(try #require(ServiceFit(lognormal)).family.name == "lognormal")
        let constant = (0..<500).map { _ in 0.25 + 1e-5 * generator.nextDouble() }
        #expect(try #require(ServiceFit(constant)).family.name == "constant")
        let mixture = (0..<2_000).map { _ in (generator.nextDouble() < 0.5 ? 0.1 : 2) + 0.01 * generator.nextDouble() }
        let fit = try #require(ServiceFit(mixture))
        guard case .empirical(let values) = fit.family else {
            Issue.record("\(fit.family.name)")
            return
        }
        #expect(values.count == 200)
        // Nothing can contradict what was measured.
        #expect(fit.probability == nil)
        #expect(abs(values.reduce(0, +) / 200 - fit.mean) < 0.02)
        #expect(ServiceFit([]) == nil)
        #expect(ServiceFit([-1, 0, .nan]) == nil)
    }

    @Test("Kolmogorov-Smirnov: known values of the distribution functions and of the chance")
    func knownValues() {
        #expect(abs(Distributions.gamma(2, shape: 2) - 0.5939941503) < 1e-9)
        #expect(abs(Distributions.gamma(10, shape: 3) - 0.9972306042844884) < 1e-9)
        #expect(abs(Distributions.gamma(0.5, shape: 0.5) - 0.6826894921370859) < 1e-9)
        #expect(abs(Distributions.normal(1.959963984540054) - 0.975) < 1e-12)
        #expect(abs(Distributions.digamma(1) + 0.5772156649015329) < 1e-9)
        #expect(abs(Distributions.trigamma(1) - 1.6449340668482264) < 1e-9)
        #expect(abs(KolmogorovSmirnov.probability(1.3581 / 1_000, count: 1_000_000) - 0.05) < 0.001)
        #expect(KolmogorovSmirnov.probability(0, count: 10) == 1)
    }

    @Test("Rates are found with their changes, and a steady stream is one phase")
    func arrivals() throws {
        let steps = (0..<6).map { seed in poisson(seed: UInt64(seed), rates: [2, 8, 4], seconds: 100) }
        let fit = try #require(ArrivalFit(steps, horizon: 300))
        #expect((3...4).contains(fit.phases.count))
        #expect(abs(fit.phases[0].rate - 2) < 0.3)
        #expect(abs(fit.phases[1].start - 100) < 6)
        #expect(fit.phases.contains { abs($0.rate - 8) < 0.6 })
        #expect(abs(fit.phases.map(\.seconds).reduce(0, +) - 300) < 1e-9)
        #expect(abs(fit.dispersion - 1) < 0.25)
        #expect(fit.distance < 0.05)
        let steady = try #require(ArrivalFit([poisson(seed: 9, rates: [5], seconds: 400)], horizon: 400))
        #expect(steady.phases.count == 1)
        let even = try #require(ArrivalFit([stride(from: 0.1, to: 400, by: 0.2).map(\.self)], horizon: 400))
        #expect(even.dispersion < 0.2)
        #expect(even.probability < 0.001)
        #expect(ArrivalFit([[]], horizon: 10) == nil)
    }

    @Test("A phase that brings as many tasks in every episode keeps its number; chance alone does not make it so")
    func counts() throws {
        // Between 100 and 200 s, 800 tasks at random times; before and after it, as chance has it.
        let episodes = (0..<4).map { seed -> [Double] in
            var generator = PCG64(seed: Seed(UInt64(90 + seed)))
            let fixed = (0..<800).map { _ in 100 + 100 * generator.nextDouble() }
            let random = poisson(seed: UInt64(seed), rates: [2, 0, 4], seconds: 100)
            return random + fixed
        }
        let fit = try #require(ArrivalFit(episodes, horizon: 300))
        #expect((3...4).contains(fit.phases.count))
        let tasks = fit.phases.compactMap(\.tasks)
        #expect(tasks.count == 1)
        #expect(tasks.allSatisfy { abs($0 - 800) < 20 })
        // From one episode nothing is known of it.
        let single = try #require(ArrivalFit([episodes[0]], horizon: 300))
        #expect(single.phases.allSatisfy { $0.tasks == nil })
    }

    @Test("Start-up: the mean is the starting time over the starts, whatever the windows")
    func startUp() throws {
        typealias Window = StartUpFit.Window
        // Two workers of 3 s each within windows of 2 s, then one of 4 s.
        let windows = [
            Window(seconds: 2, paid: 2 + 4, ready: 2, draining: 0, starting: 2, change: 2),
            Window(seconds: 2, paid: 2 + 4, ready: 4, draining: 0, starting: 0, change: 0),
            Window(seconds: 2, paid: 8, ready: 8, draining: 0, starting: 0, change: -1),
            Window(seconds: 2, paid: 10, ready: 8, draining: 0, starting: 1, change: 1),
            Window(seconds: 2, paid: 10, ready: 8, draining: 0, starting: 0, change: 0),
        ]
        let fit = try #require(StartUpFit([windows]))
        #expect(fit.starts == 3)
        #expect(fit.waves == 2)
        #expect(abs(fit.mean - (6 + 4) / 3) < 1e-12)
        #expect(StartUpFit([[]]) == nil)
    }

    private func poisson(seed: UInt64, rates: [Double], seconds: Double) -> [Double] {
        var generator = PCG64(seed: Seed(seed))
        var times: [Double] = []
        for (index, rate) in rates.enumerated() {
            var time = 0.0
            while true {
                time += Sampling().exponential(using: &generator) / rate
                guard time < seconds else { break }
                times.append(Double(index) * seconds + time)
            }
        }
        return times
    }
}
