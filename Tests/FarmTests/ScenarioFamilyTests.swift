import Randomness
import Testing

@testable import Farm

struct ScenarioFamilyTests {
    private func scenarios(_ count: Int) throws -> [Scenario] {
        let family = try ScenarioFamily.named("general")
        return (0..<count).map { family.scenario(seed: Seed(UInt64($0))) }
    }

    @Test func aSeedBringsTheSameScenarioEachTime() throws {
        let some = try scenarios(20)
        #expect(try scenarios(20) == some)
        #expect(Set(some).count == 20)
    }

    @Test("What docs/scenarios.md says a number may be is what it may be")
    func numbersKeepTheirRanges() throws {
        let family = try ScenarioFamily.named("general")
        for scenario in try scenarios(400) {
            let stage = scenario.stages.first
            let service = stage.service.mean
            #expect((0.05...20).contains(service))
            // A cut-off peak takes something from the mean.
            #expect((0.01...60.01).contains(scenario.referenceRate))
            #expect(scenario.referenceRate * service <= 40.01)
            #expect((60...family.mostSteps).contains(scenario.steps))
            #expect(scenario.referenceRate * scenario.horizon <= family.mostTasks * 1.001)
            #expect((0...60).contains(stage.startUp.mean) && stage.startUp.min >= 0)
            #expect(stage.startUp.mean <= scenario.horizon / 6)
            #expect((2...60).contains(scenario.stepSeconds))
            #expect((0...3).contains(stage.workers.min) && (2...64).contains(stage.workers.max))
            #expect(stage.workers.clamp(stage.workers.initial) == stage.workers.initial)
            #expect(scenario.meanDeadline >= 0.1 && scenario.meanDeadline >= 1.4 * service)
            guard case .trace(let trace) = scenario.arrivals else { return #expect(Bool(false)) }
            #expect(trace.counts.allSatisfy { $0.isFinite && $0 >= 0 })
            #expect(abs(trace.duration - scenario.horizon) < 1e-6 * scenario.horizon)
        }
    }

    @Test("It has loads of all sizes, and calm ones as well as wild ones")
    func theFamilyIsWide() throws {
        let all = try scenarios(400)
        let loads = all.map { $0.referenceRate * $0.meanService }
        #expect(loads.contains { $0 < 1 } && loads.contains { $0 > 30 })
        #expect(all.contains { $0.meanService < 0.1 } && all.contains { $0.meanService > 10 })
        #expect(
            all.contains { $0.stages.first.startUp.mean == 0 } && all.contains { $0.stages.first.startUp.mean > 30 })
        let swings = all.map { scenario in
            guard case .trace(let trace) = scenario.arrivals else { return 0.0 }
            return (trace.counts.max() ?? 0) / (trace.counts.reduce(0, +) / Double(trace.counts.count))
        }
        #expect(swings.contains { $0 < 1.01 } && swings.contains { $0 > 8 })
    }

    @Test func aScenarioOfItCanBeWrittenDownAndRead() throws {
        for scenario in try scenarios(10) { #expect(try Scenario(yaml: scenario.yaml, file: "drawn") == scenario) }
    }

    @Test func namesAreReadWithAndWithoutVersion() throws {
        let family = try ScenarioFamily.named("family:general")
        #expect(family.text == "family:general@\(family.version)")
        #expect(try ScenarioFamily.named(family.text).name == "general")
        let error = #expect(throws: ScenarioError.self) { try ScenarioFamily.named("family:generl") }
        #expect(error?.description.contains("did you mean \"general\"") == true)
    }

    @Test func aRecordedEpisodeOfItHasItsScenario() throws {
        let family = try ScenarioFamily.named("general")
        let drawn = try ScenarioFamily.scenario(recorded: family.text, seed: Seed(7), file: "episode 1")
        #expect(drawn == family.scenario(seed: Seed(7)))
        #expect(try ScenarioFamily.scenario(recorded: drawn.yaml, seed: Seed(8), file: "episode 1") == drawn)
    }
}
