import Farm
import FarmSimulator
import Randomness
import TestSupport
import Testing

@testable import FarmPolicies

@Suite struct ExpertsTests {
    /// Crowds of 60 s in a calm, work of 1 s, a deadline of 2 s.
    private static let crowds: Scenario = {
        var scenario = Scenario.plain(
            workers: WorkerBounds(min: 1, max: 24, initial: 4), startUp: 5, step: 8, steps: 100)
        scenario.arrivals = .phases(
            (0..<4).flatMap { _ in
                [
                    Arrivals.Phase(name: "calm", seconds: 140, rate: .constant(1)),
                    Arrivals.Phase(name: "crowd", seconds: 60, rate: .constant(12)),
                ]
            })
        return scenario
    }()

    /// Misses + 0.03 a paid worker-second of an episode, and what was asked for.
    private static func play(_ policy: any FarmPolicy, _ scenario: Scenario, seed: UInt64 = 1) -> (
        cost: Double, asked: [Int]
    ) {
        let farm = SimulatedFarm(scenario)
        var policy = policy
        policy.begin(scenario)
        farm.reset(seed: Seed(seed))
        var result = (cost: 0.0, asked: [Int]())
        while farm.end == nil {
            let staffing = policy.staffing(after: farm.metrics)
            result.asked.append(staffing.first)
            farm.advance(staffing)
            result.cost += Double(farm.metrics.missed) + 0.03 * farm.metrics.paidWorkerSeconds
        }
        return result
    }

    @Test("All texts of the list are policies, in scenarios of any bounds and work")
    func texts() throws {
        for (most, service) in [(1, 1e-9), (4, 1.0), (10_000, 1e7)] {
            let stage = Stage(
                service: ServiceTime(.constant(service)), workers: WorkerBounds(min: 1, max: most, initial: 1))
            for text in ExpertList.texts(stage) { #expect(try PolicyCatalogue.policy(text).name != "") }
        }
    }

    @Test("Experts that would take a 0 for an empty queue are not heard where nobody knows the queue")
    func absences() throws {
        let scenario = Scenario.plain(workers: WorkerBounds(min: 0, max: 60, initial: 4))
        func last(_ absences: MetricAbsences) throws -> Int {
            let windows = (0..<30).map { step in
                WindowMetrics.window(workers: 24, at: 5 * Double(step)) {
                    if step == 0 { $0.windowSeconds = 0 }
                    $0.stages.first.arrivals = step == 0 ? 0 : 100
                    $0.stages.first.arrivalRate = step == 0 ? 0 : 20
                    $0.absences = absences
                }
            }
            return try decisions("experts", in: scenario, on: windows).last ?? 0
        }
        let unknown: MetricAbsences = [.queue, .oldestAge, .running, .completions, .utilisation]
        #expect(try last(unknown) > last([]))
        #expect(try last(unknown) >= 20)
    }

    @Test("Experts are cheaper than most fixed numbers, and ask the same for the same windows")
    func cheap() throws {
        let experts = try PolicyCatalogue.policy("experts")
        let first = Self.play(experts, Self.crowds)
        #expect(first.asked == Self.play(experts, Self.crowds).asked)
        let fixed = try stride(from: 2, through: 24, by: 2).map {
            Self.play(try PolicyCatalogue.policy("static:\($0)"), Self.crowds).cost
        }
        #expect(fixed.count { $0 > first.cost } >= fixed.count * 2 / 3)
    }

    @Test("A policy under the guard that never has enough workers, or always too many, is replaced")
    func replaced() throws {
        for text in ["static:2", "static:24"] {
            let alone = Self.play(try PolicyCatalogue.policy(text), Self.crowds)
            let guarded = Self.play(try PolicyCatalogue.policy("guarded:\(text)"), Self.crowds)
            #expect(guarded.cost < 0.95 * alone.cost)
        }
    }

    @Test("A policy under the guard that is as cheap as the cheapest expert is left alone")
    func leftAlone() throws {
        let text = "forecast:miss=0.01,quantile=0.5,stabilisation=0"
        let scenario = Scenario.plain(workers: WorkerBounds(min: 1, max: 24, initial: 4), step: 8, steps: 60)
        let alone = Self.play(try PolicyCatalogue.policy(text), scenario)
        #expect(Self.play(try PolicyCatalogue.policy("guarded:\(text)"), scenario).asked == alone.asked)
    }

    @Test("No metrics make them trap, and they ask for 0 or more", arguments: ["experts", "guarded:ratchet"])
    func strangeMetrics(text: String) throws {
        let scenario = Scenario.plain(workers: WorkerBounds(min: 0, max: 40, initial: 5))
        var generator = SplitMix64(seed: 8)
        var policy = try PolicyCatalogue.policy(text)
        for _ in 0..<5 {
            policy.begin(scenario)
            for step in 0..<10 {
                let asked = policy.staffing(after: FarmPolicyTests.strange(&generator, at: Double(step) * 5)).first
                #expect(asked >= 0)
            }
        }
    }

    @Test("A guard's text says what it guards; twice is once too often")
    func names() throws {
        #expect(try PolicyCatalogue.policy("guarded: queue-length:0.7").name == "guarded:queue-length:target=0.7")
        #expect(throws: PolicyError.self) { try PolicyCatalogue.policy("guarded:guarded:static:3") }
        #expect(throws: PolicyError.self) { try PolicyCatalogue.policy("guarded:") }
    }
}
