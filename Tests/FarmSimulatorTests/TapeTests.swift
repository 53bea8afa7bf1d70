import Farm
import Randomness
import TestSupport
import Testing

@testable import FarmSimulator

@Suite struct TapeTests {
    /// All windows of an episode under numbers that change, and what the drain leaves.
    private func course(_ farm: SimulatedFarm) -> [WindowMetrics] {
        var windows = [farm.metrics]
        var generator = PCG64(seed: Seed(8))
        while farm.end == nil {
            farm.advance(Staffing(Int(generator.next() % 14)))
            windows.append(farm.metrics)
        }
        return windows
    }

    @Test("A farm that is given its tasks does what one does that draws them, also beyond the tape's end")
    func equal() throws {
        var generator = SplitMix64(seed: 12)
        var scenarios = try (0..<60).map { _ in try Scenario.small(using: &generator) }
        scenarios += try ["demo", "paper", "paper-as-run", "shuffled"].map { try Scenario.preset($0) }
        for scenario in scenarios {
            let plain = SimulatedFarm(scenario)
            let taped = SimulatedFarm(scenario)
            for seed in 0..<2 as Range<UInt64> {
                plain.reset(seed: Seed(seed))
                let expected = course(plain)
                let drained = plain.drain(seconds: 8)
                for limit in [0, 64, TaskTape.usualLimit] {
                    taped.reset(seed: Seed(seed), tape: TaskTape(scenario, seed: Seed(seed), limit: limit))
                    #expect(course(taped) == expected, "\(scenario.name), limit \(limit)")
                    #expect(taped.drain(seconds: 8) == drained)
                }
            }
        }
    }

    @Test("A farm that takes over another's state goes on as that one does")
    func takeOver() throws {
        var generator = SplitMix64(seed: 13)
        var scenarios = try (0..<60).map { _ in try Scenario.small(using: &generator) }
        scenarios += try ["demo", "paper", "paper-as-run", "shuffled"].map { try Scenario.preset($0) }
        let numbers = [3, 9, 0, 12, 5, 5, 1, 8]
        for scenario in scenarios {
            let farm = SimulatedFarm(scenario)
            let copy = SimulatedFarm(scenario)
            farm.reset(seed: Seed(4))
            copy.reset(seed: Seed(5))
            copy.advance(Staffing(7))
            for step in 0..<4 where farm.end == nil { farm.advance(Staffing(numbers[step])) }
            copy.takeOver(farm)
            for step in 4..<8 where farm.end == nil {
                farm.advance(Staffing(numbers[step]))
                copy.advance(Staffing(numbers[step]))
                #expect(copy.metrics == farm.metrics && copy.end == farm.end)
            }
        }
    }
}
