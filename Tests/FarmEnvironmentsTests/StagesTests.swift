import Farm
import Gymnasium
import Testing

@testable import FarmEnvironments

/// What a decision process of several stages is; the farms that there are have one.
struct StagesTests {
    private static var scenario: Scenario {
        var scenario = Scenario.small()
        var second = scenario.stages.first
        second.workers = WorkerBounds(min: 2, max: 4, initial: 2)
        (scenario.stages.first.name, second.name) = ("first", "second")
        scenario.stages.rest = [second]
        return scenario
    }

    private static var metrics: WindowMetrics {
        var metrics = WindowMetrics(stages: 2)
        (metrics.time, metrics.windowSeconds, metrics.step) = (4, 2, 2)
        metrics.stages[0].workers.desired = 5
        metrics.stages[1].workers.desired = 4
        metrics.stages[1].queueLength = 7
        metrics.stages[0].serviceTimeMean = 0.5
        metrics.stages[1].workers.appliedDelta = -1
        metrics.stages[0].workers.appliedDelta = 1
        return metrics
    }

    @Test("An action is one a stage, and asks for workers in each")
    func actions() throws {
        var process = try DecisionProcess(scenario: StagesTests.scenario, action: .delta(1))
        process.begin(StagesTests.metrics)
        #expect(process.actionSpace == .multiDiscrete(Space.MultiDiscrete(shape: [2], nvec: [3, 3], start: [0, 0])))
        #expect(process.staffing(for: PerStage(2, [0])) == Staffing(6, [3]))
        #expect(process.actionMask == [1, 1, 1, 1, 1, 0] && process.actionCount == 6)
        let mask = UnsafeMutableBufferPointer<Int8>.allocate(capacity: 6)
        defer { mask.deallocate() }
        process.writeActionMask(to: mask)
        #expect(Array(mask) == process.actionMask)
        let numbers: [Int64] = [2, 1]
        #expect(numbers.withUnsafeBytes { process.actions(in: $0) } == PerStage(2, [1]))
    }

    @Test("An observation has what is of stages once a stage, on the stage's own scale")
    func observations() throws {
        var process = try DecisionProcess(
            scenario: StagesTests.scenario, observation: .list(["desired", "qos", "service_time_mean"]), history: 2)
        process.begin(StagesTests.metrics)
        let frame: [Float] = [0.5, 1, 1, 0.2, 0]
        #expect(zip(process.observation, frame + frame).allSatisfy { abs($0 - $1) < 1e-6 }, "\(process.observation)")
        #expect(process.observationCount == 10)
        _ = process.step(WindowMetrics(stages: 2), end: nil)
        #expect(process.observation[8] == frame[3], "the last known time of the stage")
    }

    @Test("An info has the stages' numbers under their own key, and is read back")
    func infos() throws {
        var process = try DecisionProcess(scenario: StagesTests.scenario)
        process.begin(StagesTests.metrics)
        #expect(process.info.first { $0.key == "metrics" }?.value["desired"] == nil)
        #expect(WindowMetrics(info: process.info, scenario: StagesTests.scenario) == StagesTests.metrics)
    }

    @Test("Changes in all stages cost")
    func reward() throws {
        var weights = RewardWeights()
        (weights.miss, weights.cost, weights.change) = (0, 0, 1)
        var process = try DecisionProcess(scenario: StagesTests.scenario, reward: .weights(weights))
        process.begin(WindowMetrics(stages: 2))
        #expect(process.step(StagesTests.metrics, end: nil).reward == -2)
        #expect(process.account.scalingActions == 1)
    }

    @Test("A pipeline is refused when it is made, for the scenario")
    func refused() async throws {
        var registry = EnvironmentRegistry()
        let backend = Backend(name: "scripted", isNondeterministic: false) { _, scenario, _, _ in
            [ScriptedFarm(scenario)]
        }
        FarmEnvironmentRegistration.register(
            in: &registry, backends: ["scripted": backend], defaultBackend: "scripted")
        var scenario = StagesTests.scenario
        for index in scenario.stages.indices { scenario.stages[index].deadlineShare = 0.5 }
        let arguments = EnvironmentRegistry.Arguments(entries: [Value.Entry("scenario", .text(scenario.yaml))])
        let error = await #expect(throws: EnvironmentError.self) {
            try await registry.make("faasfarm/Farm-v0", arguments)
        }
        #expect(error?.reason == .badArgument(name: "scenario"))
        #expect(error?.description.contains("2 stages, and pipelines are not offered yet") == true)
    }
}
