import Farm
import FarmSimulator
import Gymnasium
import Randomness
import Testing

@testable import FarmEnvironments

struct FamilyEnvironmentTests {
    private let id = FarmEnvironmentRegistration.id

    private func registry() -> EnvironmentRegistry {
        var registry = EnvironmentRegistry()
        let live = Backend(name: "embedded", isNondeterministic: true) { count, scenario, speed, _ in
            (0..<count).map { _ in ScriptedFarm(scenario, speed: speed) }
        }
        FarmEnvironmentRegistration.register(
            in: &registry,
            backends: ["simulator": Backend(simulator: "simulator") { SimulatedFarm($0) }, "embedded": live],
            defaultBackend: "simulator")
        return registry
    }

    private func entries(_ others: [Value.Entry] = []) -> [Value.Entry] {
        let usual = [
            Value.Entry("action", "need"), Value.Entry("observation", "relative"),
            Value.Entry("reward", .dictionary(["miss": 1, "cost": 0.03, "per": "rule"])),
            Value.Entry("scenario", "family:general"),
        ]
        return usual.filter { entry in !others.contains { $0.key == entry.key } } + others
    }

    private func make(_ others: [Value.Entry] = [], maxEpisodeSteps: Int? = nil) async throws -> SingleEnvironment {
        SingleEnvironment(
            try await registry().make(
                id, EnvironmentRegistry.Arguments(entries: entries(others), maxEpisodeSteps: maxEpisodeSteps)))
    }

    /// Rewards and observations of the first steps of some episodes.
    private func course(_ environment: SingleEnvironment, _ seeds: [UInt64], action: (Int) -> Int64) async throws
        -> [[Value]]
    {
        var course: [[Value]] = []
        for seed in seeds {
            course.append([try await environment.reset(seed: Seed(seed), options: []).observation])
            for step in 0..<8 {
                let result = try await environment.step(.integer(action(step)))
                course.append([result.observation, .number(result.reward)])
                #expect(result.reward.isFinite && result.reward <= 0)
                if result.terminated || result.truncated { break }
            }
        }
        return course
    }

    @Test func twoMakesGiveTheSameEpisodes() async throws {
        let (one, two) = (try await make(), try await make())
        let seeds: [UInt64] = [3, 9, 27]
        let first = try await course(one, seeds) { Int64($0 % NeedActions.count) }
        #expect(try await course(two, seeds) { Int64($0 % NeedActions.count) } == first)
        #expect(Set(first.map { "\($0)" }).count > 20)
        await one.close()
        await two.close()
    }

    @Test("Whatever is asked for on whatever farm of the family, it goes on")
    func cornersSimulate() async throws {
        let environment = try await make(maxEpisodeSteps: 8)
        for action in [0, 1, NeedActions.multiples.count, NeedActions.count - 1] {
            _ = try await course(environment, Array(100..<110)) { _ in Int64(action) }
        }
        await environment.close()
    }

    @Test func itsEpisodesAreThoseOfItsScenarios() async throws {
        let weights = Value.Entry("reward", .dictionary(["miss": 1, "cost": 0.03]))
        let family = try await make([weights])
        #expect(family.form.scenarioText == "family:general@1")
        #expect(family.form.spec.maxEpisodeSteps == 300)
        let scenario = try ScenarioFamily.named("general").scenario(seed: Seed(5))
        let single = try await make([weights, Value.Entry("scenario", .text(scenario.yaml))])
        let course = try await course(family, [5]) { Int64($0) }
        #expect(try await self.course(single, [5]) { Int64($0) } == course)
        await family.close()
        await single.close()
    }

    @Test func whatDependsOnBoundsIsRefused() async throws {
        for (entry, name) in [
            (Value.Entry("action", "target"), "action"), (Value.Entry("backend", "embedded"), "scenario"),
            (Value.Entry("scenario", "family:genral"), "scenario"),
        ] {
            let error = await #expect(throws: EnvironmentError.self) { try await make([entry]) }
            #expect(error?.reason == .badArgument(name: name))
        }
        let error = #expect(throws: EnvironmentError.self) { try Scenario(argument: "family:general") }
        #expect(error?.message.contains("is a family of scenarios") == true)
    }

    @Test("A reward per rule is of the size of a simple rule's, and no more a live farm's")
    func rewardsPerRule() async throws {
        let live = [Value.Entry("scenario", "demo"), Value.Entry("backend", "embedded")]
        let error = await #expect(throws: EnvironmentError.self) { try await make(live) }
        #expect(error?.reason == .badArgument(name: "reward"))
        // 1.5 times the need and the backlog is one of the rules, or near it.
        let environment = try await make()
        let action = Int64(1 + NeedActions.multiples.count + (NeedActions.multiples.firstIndex(of: 1.6) ?? 0))
        for seed in [11, 12, 13] as [UInt64] {
            _ = try await environment.reset(seed: Seed(seed), options: [])
            var (sum, steps) = (0.0, 0.0)
            while true {
                let result = try await environment.step(.integer(action))
                (sum, steps) = (sum + result.reward, steps + 1)
                if result.terminated || result.truncated { break }
            }
            #expect((-10 ... -0.7).contains(sum / steps))
        }
        await environment.close()
    }
}
