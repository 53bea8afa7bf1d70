import Evaluation
import Farm
import FarmEnvironments
import FarmPolicies
import FarmSimulator
import Gymnasium
import Testing

@Suite struct FarmSessionTests {
    private static func vector(_ scenario: Scenario, action: String = "target") async throws -> any ImmediateRows {
        var registry = EnvironmentRegistry()
        let simulator = Backend(simulator: "simulator") { SimulatedFarm($0) }
        FarmEnvironmentRegistration.register(
            in: &registry, backends: ["simulator": simulator], defaultBackend: "simulator")
        let own = FarmSession.arguments(reward: try RewardScheme("default")).filter { $0.key != "action" }
        let entries = own + [Value.Entry("action", .text(action)), Value.Entry("scenario", .text(scenario.yaml))]
        return try await registry.makeVector(
            FarmEnvironmentRegistration.id, EnvironmentRegistry.Arguments(entries: entries), count: 1,
            autoresetMode: .disabled)
    }

    @Test(
        "played through an environment's infos, policies come to the same as beside the farm",
        arguments: ["demo", "paper-as-run", "burst"])
    func same(name: String) async throws {
        let scenario = try Scenario.preset(name)
        let runner = try EpisodeRunner(
            scenario, action: EpisodeRunner.usualAction(scenario), reward: try RewardScheme("default"))
        let policies = try ["static:9", "queue-length:target=1", "reactive-average", "concurrency"].map { text in
            try PolicyCatalogue.policy(text)
        }
        let session = try FarmSession(try await Self.vector(scenario), runner: runner, firstSeed: 50, episodes: 2)
        let there = session.run(policies, tracedSeed: 51)
        let here = Evaluator(runner, firstSeed: 50, episodes: 2).run(policies, tracedSeed: 51)
        #expect(there.failure == nil)
        for (there, here) in zip(there.results, here) {
            #expect(there.policy == here.policy && there.trace == here.trace)
            for metric in FarmSession.measured {
                #expect(there.episodes.map { $0[metric] } == here.episodes.map { $0[metric] }, "\(metric)")
            }
        }
    }

    @Test("whoever stops on the way has the seeds that all policies have played")
    func stopped() async throws {
        let scenario = try Scenario.preset("demo")
        let runner = try EpisodeRunner(scenario, action: .target, reward: try RewardScheme("default"))
        let policies = try ["static:9", "static:3"].map { text in try PolicyCatalogue.policy(text) }
        let session = try FarmSession(try await Self.vector(scenario), runner: runner, firstSeed: 1, episodes: 3)
        let course = session.run(policies, tracedSeed: 2) { done, all in
            #expect(all == 120)
            return done < 70
        }
        #expect(course.results.map { $0.episodes.map(\.seed) } == [[1], [1]])
        #expect(course.results.allSatisfy { $0.trace == nil })
        #expect(course.failure == "seed 2 of static:3: interrupted")
    }

    @Test("a farm with other actions is refused")
    func refused() async throws {
        let scenario = try Scenario.preset("demo")
        let runner = try EpisodeRunner(scenario, action: .target, reward: try RewardScheme("default"))
        let vector = try await Self.vector(scenario, action: "paper")
        #expect(throws: EvaluationError.self) {
            try FarmSession(vector, runner: runner, firstSeed: 1, episodes: 1)
        }
    }
}
