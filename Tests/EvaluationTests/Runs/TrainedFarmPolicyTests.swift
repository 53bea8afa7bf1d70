import Evaluation
import Farm
import FarmEnvironments
import FarmPolicies
import FarmSimulator
import Gymnasium
import Learning
import Randomness
import Testing

struct TrainedFarmPolicyTests {
    /// An agent after two rounds of training on the family.
    private func agent(_ action: Value) async throws -> TrainedPolicy {
        var registry = EnvironmentRegistry()
        FarmEnvironmentRegistration.register(
            in: &registry, backends: ["simulator": Backend(simulator: "simulator") { SimulatedFarm($0) }],
            defaultBackend: "simulator")
        let arguments = [
            Value.Entry("action", action), Value.Entry("history", 2), Value.Entry("observation", "relative"),
            Value.Entry("scenario", "family:general"),
        ]
        var configuration = PPOConfiguration()
        (configuration.environments, configuration.stepsPerRound, configuration.hidden) = (2, 8, [8])
        let vector = try await registry.makeVector(
            FarmEnvironmentRegistration.id, EnvironmentRegistry.Arguments(entries: arguments), count: 2,
            autoresetMode: .sameStep)
        let learner = try PPO(vector, configuration)
        try learner.train(until: 32) { _ in true }
        return try TrainedPolicy(learner.checkpoint())
    }

    @Test("An agent of relative observations and actions plays on scenarios of any bounds")
    func playsWhateverTheBounds() async throws {
        let trained = try await agent("need")
        for name in ["demo", "shuffled", "bench-farm"] {
            let scenario = try Scenario.preset(name)
            let policy = try TrainedFarmPolicy(trained, name: "agent", scenario: scenario)
            let runner = try EpisodeRunner(scenario, action: .target, reward: .weights(RewardWeights()))
            let (result, _, plan) = runner.run(policy, seed: Seed(1), number: 1)
            #expect(plan.count == scenario.steps)
            #expect(plan.allSatisfy { $0.first == scenario.workers.clamp($0.first) })
            #expect(result.reward < 0)
            // The same numbers each time.
            #expect(runner.run(policy, seed: Seed(1), number: 1).plan == plan)
        }
    }

    @Test("A policy may start on one scenario and go on with another")
    func goesOnWithAnotherScenario() async throws {
        let trained = try await agent("need")
        let (demo, shuffled) = (try Scenario.preset("demo"), try Scenario.preset("shuffled"))
        let runner = try EpisodeRunner(shuffled, action: .target, reward: .weights(RewardWeights()))
        let own = runner.run(
            try TrainedFarmPolicy(trained, name: "agent", scenario: shuffled), seed: Seed(2), number: 2)
        let carried = runner.run(
            try TrainedFarmPolicy(trained, name: "agent", scenario: demo), seed: Seed(2), number: 2)
        #expect(own.plan == carried.plan)
    }
}
