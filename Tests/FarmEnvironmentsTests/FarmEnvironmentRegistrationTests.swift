import Farm
import FarmEnvironments
import Gymnasium
import Randomness
import Testing

struct FarmEnvironmentRegistrationTests {
    private let id = "faasfarm/Farm-v0"

    private func registry(openError: FarmError? = nil) -> EnvironmentRegistry {
        var registry = EnvironmentRegistry()
        let scripted = Backend(name: "scripted", isNondeterministic: false) { count, scenario, speed, _ in
            if let openError { throw openError }
            // Quicker than asked, so that nobody waits.
            return (0..<count).map { _ in ScriptedFarm(scenario, speed: 10_000 * speed) }
        }
        let live = Backend(name: "embedded", isNondeterministic: true) { count, scenario, speed, _ in
            (0..<count).map { _ in ScriptedFarm(scenario, speed: speed) }
        }
        FarmEnvironmentRegistration.register(
            in: &registry, backends: ["scripted": scripted, "embedded": live], defaultBackend: "scripted")
        return registry
    }

    private func refusal(_ entries: [Value.Entry], maxEpisodeSteps: Int? = nil) async -> EnvironmentError? {
        do {
            let arguments = EnvironmentRegistry.Arguments(entries: entries, maxEpisodeSteps: maxEpisodeSteps)
            let environment = SingleEnvironment(try await registry().make(id, arguments))
            await environment.close()
            return nil
        } catch {
            return error as? EnvironmentError
        }
    }

    @Test func theSpecTellsArgumentsAndDefaults() throws {
        let spec = try #require(registry().specs.first)
        #expect(spec.id == id)
        #expect(spec.nondeterministic)
        #expect(spec.renderModes == ["ansi", "rgb_array"])
        #expect(
            spec.arguments.map(\.name) == [
                "action", "backend", "history", "info", "observation", "reward", "scenario", "speed", "takeover",
            ])
    }

    @Test func defaultsAreFilledIn() async throws {
        let environment = SingleEnvironment(try await registry().make(id, .init()))
        #expect(
            environment.form.arguments == [
                Value.Entry("action", "delta:2"), Value.Entry("backend", "scripted"), Value.Entry("history", 1),
                Value.Entry("info", "auto"),
                Value.Entry("observation", "full"), Value.Entry("reward", "default"), Value.Entry("scenario", "demo"),
                Value.Entry("speed", 1.0),
            ])
        #expect(!environment.form.spec.nondeterministic)
        #expect(environment.form.spec.maxEpisodeSteps == (try Scenario.preset("demo")).steps)
        #expect(environment.form.actionSpace == .discrete(Space.Discrete(n: 5)))
        #expect(environment.form.scenarioText == (try Scenario.preset("demo")).yaml)
        _ = try await environment.reset(seed: Seed(0), options: [])
        _ = try await environment.step(2)
        await environment.close()
    }

    @Test func argumentsAreHeard() async throws {
        let environment = SingleEnvironment(
            try await registry().make(
                id,
                .init(
                    entries: [
                        Value.Entry("action", "paper"), Value.Entry("backend", "embedded"), Value.Entry("history", 4),
                        Value.Entry("observation", .tuple(["ready", "qos"])),
                        Value.Entry("reward", .dictionary(["cost": 0.1])),
                        Value.Entry("speed", 8),
                    ], maxEpisodeSteps: 3)))
        #expect(environment.form.observationSpace == .box(Space.Box(shape: [8], low: [0], high: [1])))
        #expect(environment.form.actionSpace == .discrete(Space.Discrete(n: 3)))
        #expect(environment.form.spec.nondeterministic)
        #expect(environment.form.spec.maxEpisodeSteps == 3)
        #expect(environment.form.expectedStepSeconds == 1.5 * (try Scenario.preset("demo")).stepSeconds / 8)
        await environment.close()
    }

    @Test func aScenariosTextIsReadAsOne() async throws {
        var scenario = try Scenario.preset("demo")
        scenario.stages.first.workers = WorkerBounds(min: 2, max: 4, initial: 3)
        let environment = SingleEnvironment(
            try await registry().make(
                id, .init(entries: [Value.Entry("action", "target"), Value.Entry("scenario", .text(scenario.yaml))])))
        #expect(environment.form.actionSpace == .discrete(Space.Discrete(n: 3)))
        await environment.close()
    }

    @Test(arguments: [
        Value.Entry("scenario", "demoo"), Value.Entry("scenario", "name: [broken"), Value.Entry("scenario", 3),
        Value.Entry("scenario", "name: x\nworkers: {min: 5, max: 1}\n"), Value.Entry("backend", "embeded"),
        Value.Entry("backend", 1), Value.Entry("observation", "queue"), Value.Entry("action", "up"),
        Value.Entry("reward", "money"),
        Value.Entry("history", 0), Value.Entry("history", 1.5), Value.Entry("history", "2"), Value.Entry("speed", 0),
        Value.Entry("speed", -1), Value.Entry("speed", .number(.infinity)), Value.Entry("speed", .number(.nan)),
        Value.Entry("speed", "fast"), Value.Entry("scenarios", "demo"),
    ])
    func rubbishIsRefusedByArgument(_ entry: Value.Entry) async throws {
        let error = try #require(await refusal([entry]))
        #expect(error.reason == .badArgument(name: entry.key))
        #expect(!error.message.isEmpty)
    }

    @Test func nearNamesAreTold() async throws {
        #expect(try #require(await refusal([Value.Entry("scenario", "demoo")])).message.contains("\"demo\""))
        #expect(try #require(await refusal([Value.Entry("backend", "embeded")])).message.contains("\"embedded\""))
        #expect(try #require(await refusal([Value.Entry("observation", "queue")])).message.contains("\"queue_length\""))
    }

    @Test func maxEpisodeStepsMustBePositive() async throws {
        #expect(await refusal([], maxEpisodeSteps: 0)?.reason == .badArgument(name: "max_episode_steps"))
    }

    @Test func aBusyBackendIsToldAsOne() async throws {
        let registry = registry(openError: FarmError(.busy, "all pools are taken"))
        await #expect(throws: EnvironmentError(.farmBusy, "all pools are taken", retryAfterMilliseconds: 1_000)) {
            try await registry.make(id, .init()).close()
        }
    }
}
