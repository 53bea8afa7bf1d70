import Farm
import FarmSimulator
import Randomness
import Testing

@testable import FarmPolicies

@Suite("The look-ahead that is told the counts")
struct ForetoldPolicyTests {
    @Test("What it is told is what comes, window by window", arguments: ["shuffled", "demo", "burst", "bench-farm"])
    func told(name: String) throws {
        var scenario = try Scenario.preset(name)
        scenario.steps = min(scenario.steps, 40)
        var arrivals = ToldArrivals(scenario, seed: Seed(5))
        let farm = SimulatedFarm(scenario)
        farm.reset(seed: Seed(5))
        var sum = 0
        var told: [[Int]] = []
        while farm.end == nil {
            told.append(arrivals.counts(from: farm.metrics.time, window: scenario.stepSeconds, windows: 3))
            farm.advance(farm.metrics.staffing)
            // A window of a farm that waits for its scaling may be longer.
            guard abs(farm.metrics.windowSeconds - scenario.stepSeconds) < 1e-9 else { continue }
            #expect(told[told.count - 1][0] == farm.metrics.arrivals)
            if told.count > 1, scenario.scaling == .unblocked {
                #expect(told[told.count - 2][1] == farm.metrics.arrivals)
            }
            sum += farm.metrics.arrivals
        }
        #expect(sum > 10)
    }

    @Test("After an episode's last task nothing is told, and what is asked for twice is told twice")
    func ends() throws {
        let scenario = LookaheadPolicyTests.short
        var arrivals = ToldArrivals(scenario, seed: Seed(5))
        let told = arrivals.counts(from: 80, window: 8, windows: 2)
        #expect(told == arrivals.counts(from: 80, window: 8, windows: 2) && told[0] > 0)
        #expect(arrivals.counts(from: 1e6, window: 8, windows: 2) == [0, 0])
        #expect(arrivals.counts(from: 1e300, window: 8, windows: 1) == [0])
    }

    @Test(
        "Crowds that nothing announces cost it less than whoever is not told, on every seed", arguments: [11, 12, 13])
    func cheaper(seed: UInt64) throws {
        let told = LookaheadPolicyTests.play(ForetoldPolicy(seed: Seed(seed), courses: 4), seed: seed)
        let untold = LookaheadPolicyTests.play(try PolicyCatalogue.policy("lookahead:samples=4"), seed: seed)
        #expect(told.cost < 0.8 * untold.cost, "\(told.cost), \(untold.cost)")
        // Workers are asked for before the first crowd comes.
        let calm = told.decisions[5..<19].reduce(0, +) / 14
        #expect(told.decisions[19] >= calm + 3, "\(told.decisions)")
    }

    @Test("Equal seeds give equal decisions, and an episode is forgotten before the next")
    func deterministic() {
        let policy = ForetoldPolicy(seed: Seed(11), courses: 2)
        let first = LookaheadPolicyTests.play(policy, steps: 25).decisions
        #expect(LookaheadPolicyTests.play(policy, steps: 25).decisions == first)
        var again = policy
        again.begin(LookaheadPolicyTests.short)
        _ = again.staffing(after: WindowMetrics())
        #expect(LookaheadPolicyTests.play(again, steps: 25).decisions == first)
    }
}
