import Farm
import TestSupport
import Testing

@testable import FarmPolicies

@Suite struct PolicyParameterTests {
    @Test("a number is written as the shortest text that reads back as it")
    func text() throws {
        for (value, text) in [(12.0, "12"), (0.7, "0.7"), (0, "0"), (-3, "-3"), (1e6, "1000000"), (0.0001, "0.0001")] {
            #expect(PolicyParameter.text(value) == text)
        }
        var generator = SplitMix64(seed: 11)
        for _ in 0..<1_000 {
            let value = Double.random(in: 0...1_000, using: &generator)
            #expect(PolicyParameter.number(PolicyParameter.text(value)) == value)
        }
    }

    @Test("the range in words")
    func range() {
        #expect(StaticPolicy.workers.range == "0 to 10000")
        #expect(RatchetPolicy.quality.range == "0 to 1")
        #expect(RequestRatePolicy.mode.range == "rps or alert")
    }

    @Test("candidates out of the range are left out, and they ascend")
    func candidates() {
        let scenario = Scenario.plain(workers: WorkerBounds(min: 0, max: 3, initial: 0), service: 3)
        #expect(ReactivePolicy.floor.candidateValues(in: scenario) == ["1", "2", "3"])
        #expect(RequestRatePolicy.target.candidateValues(in: scenario).first == "0.1333")
        #expect(ScalingBehaviour.stabilisation.candidateValues(in: scenario) == ["0", "30", "60", "120", "300"])
        #expect(ScalingBehaviour.period.candidateValues(in: scenario).isEmpty)
    }

    @Test("worker counts spread from bound to bound")
    func spread() {
        #expect(WorkerBounds(min: 1, max: 5, initial: 1).spread(atMost: 9) == [1, 2, 3, 4, 5])
        #expect(WorkerBounds(min: 0, max: 100, initial: 1).spread(atMost: 5) == [0, 25, 50, 75, 100])
        #expect(WorkerBounds(min: 7, max: 7, initial: 7).spread(atMost: 5) == [7])
    }

    @Test("numbers round up to workers, but for the last digit of a quotient")
    func roundedUp() {
        for (value, workers) in [
            (0.0, 0), (0.1, 1), (1, 1), (1.0001, 2), (3 / 0.1, 30), (-5, 0), (.nan, 0), (.infinity, 1_000_000_000),
            (1e300, 1_000_000_000), (-.infinity, 0),
        ] { #expect(value.roundedUpToWorkers == workers, "\(value)") }
    }
}
