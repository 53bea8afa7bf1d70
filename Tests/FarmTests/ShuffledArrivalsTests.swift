import Foundation
import Randomness
import TestSupport
import Testing

@testable import Farm

struct ShuffledArrivalsTests {
    private let shuffled = ShuffledArrivals(phases: 4...8, seconds: 20...90, rate: 0.5...9)

    private func draw(_ seed: UInt64, horizon: Double = 320) -> [Arrivals.Phase] {
        var generator = EpisodeStream.arrivals.generator(Seed(seed))
        return shuffled.draw(horizon: horizon, using: &generator)
    }

    @Test(
        "Number, lengths and rates keep their bounds, and the lengths fill the horizon", arguments: [200.0, 320, 450])
    func bounds(horizon: Double) {
        for seed in 0..<300 {
            let phases = draw(UInt64(seed), horizon: horizon)
            #expect((4...8).contains(phases.count))
            #expect(phases.allSatisfy { (20...90).contains($0.seconds) && $0.tasks == nil })
            #expect(abs(phases.reduce(0) { $0 + $1.seconds } - horizon) < 1e-9 * horizon)
            for phase in phases {
                switch phase.rate {
                case .constant(let rate): #expect((0.5...9).contains(rate))
                case .ramp(let from, let to): #expect((0.5...9).contains(from) && (0.5...9).contains(to))
                case .sine(let mean, let amplitude, let cycles):
                    #expect((0.5...9).contains(mean) && (0.3...0.7).contains(amplitude / mean))
                    #expect([1, 2, 3, 4].contains(cycles))
                }
            }
        }
    }

    @Test("Half of the phases are constant, a quarter ramps, a quarter sines; rates are log-uniform")
    func kinds() {
        let phases = (0..<2_000).flatMap { draw($0) }
        let count = Double(phases.count)
        let constants = phases.compactMap { if case .constant(let rate) = $0.rate { rate } else { nil } }
        let ramps = phases.count { if case .ramp = $0.rate { true } else { false } }
        #expect(abs(Double(constants.count) / count - 0.5) < 5 * 0.5 / count.squareRoot())
        #expect(abs(Double(ramps) / count - 0.25) < 5 * 0.44 / count.squareRoot())
        let logs = Moments(constants.map { log($0 / 0.5) / log(18) })
        #expect(abs(logs.mean - 0.5) < 0.02 && abs(logs.variance - 1.0 / 12) < 0.005)
        // So the mean rate is that of the documentation.
        let rates = Moments(phases.map(\.rate.mean))
        #expect(abs(rates.mean - shuffled.meanRate) < 5 * rates.variance.squareRoot() / count.squareRoot())
    }

    @Test("Each seed has phases of its own, and always the same")
    func seeds() {
        let all = (0..<100).map { draw($0) }
        #expect(Set(all).count == 100)
        #expect((0..<100).map { draw($0) } == all)
    }

    @Test("A horizon that no phases within the bounds fill is filled nevertheless")
    func impossible() {
        for horizon in [5.0, 10_000] {
            #expect(abs(draw(1, horizon: horizon).reduce(0) { $0 + $1.seconds } - horizon) < 1e-6)
        }
    }

    @Test("A cursor begins each episode with new phases, and knows how many are to come")
    func cursor() throws {
        let scenario = try Scenario.preset("shuffled")
        var generator = EpisodeStream.arrivals.generator(Seed(1))
        var cursor = ArrivalCursor(scenario, using: &generator)
        for seed in 0..<20 {
            generator = EpisodeStream.arrivals.generator(Seed(UInt64(seed)))
            cursor.begin(using: &generator)
            let phases = draw(UInt64(seed))
            #expect(cursor.phasesToCome(at: 0) == phases.count - 1)
            #expect(cursor.phasesToCome(at: phases[0].seconds + 1e-9) == phases.count - 2)
            #expect(cursor.phasesToCome(at: 320) == 0)
        }
    }

    @Test("Expected counts go by the mean rate; equal bounds are one rate")
    func expectedCounts() {
        #expect(abs(Arrivals.shuffled(shuffled).expectedCount(before: 100) - 100 * 8.5 / log(18.0)) < 1e-9)
        #expect(ShuffledArrivals(phases: 1...1, seconds: 1...1, rate: 3...3).meanRate == 3)
        #expect(!Arrivals.shuffled(shuffled).isFixedCount)
    }
}
