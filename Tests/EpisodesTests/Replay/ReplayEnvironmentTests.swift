import EnvironmentProtocol
import Episodes
import Foundation
import Gymnasium
import Randomness
import TestSupport
import Testing

@Suite("Replay")
struct ReplayEnvironmentTests {
    let folder: TemporaryFolder
    let store: EpisodeStore
    let registry: EnvironmentRegistry

    init() throws {
        folder = try TemporaryFolder()
        store = try EpisodeStore(path: folder.path("runs.sqlite"), mode: .write, programVersion: "test")
        var registry = EnvironmentRegistry()
        ReplayEnvironment.register(in: &registry, store: store)
        self.registry = registry
    }

    @Test("tdmpc2#81: the recorded actions get the recorded answers, bit for bit, again and again")
    func report104_replayIsExact() async throws {
        try await Sample.record(20, ending: .truncated, in: store)
        let replay = SingleEnvironment(try await registry.make("faasfarm/Replay-v0", .init()))
        #expect(replay.form.observationSpace == Sample.observationSpace)
        #expect(replay.form.actionSpace == Sample.actionSpace)
        #expect(replay.form.scenarioText == Sample.start().environment.form.scenarioText)
        #expect(replay.form.arguments.first?.value == 1)
        for seed in [nil, Seed(7), Seed(99)] {
            let start = try await replay.reset(seed: seed, options: [])
            #expect(try bytes(start.observation) == bytes(Sample.observation(0)))
            #expect(start.info == Sample.start().info)
            #expect(start.seed == Seed(7))
            for index in 1...20 {
                let meant = Sample.step(index, truncated: index == 20)
                let result = try await replay.step(meant.action)
                #expect(try bytes(result.observation) == bytes(meant.result.observation))
                #expect(result.reward.bitPattern == meant.result.reward.bitPattern)
                #expect(result.info == meant.result.info)
                #expect(result.terminated == false)
                #expect(result.truncated == (index == 20))
            }
            await #expect(throws: EnvironmentError.self) { try await replay.step(0) }
        }
        await replay.close()
    }

    @Test("An agent that acts differently is told, and goes on")
    func tells() async throws {
        let id = try await Sample.record(3, ending: .terminated, in: store)
        let replay = SingleEnvironment(
            try await registry.make(
                "faasfarm/Replay-v0", .init(entries: [Value.Entry("episode", .integer(id))])))
        _ = try await replay.reset(seed: nil, options: [])
        let other = try await replay.step(-1)
        #expect(other.info.map(\.key) == other.info.map(\.key).sorted())
        #expect(value("replay_diverged", of: other) == true)
        #expect(value("replay_recorded_action", of: other) == .integer(0))
        #expect(value("metrics", of: other) != nil)
        #expect(!other.truncated)
        let same = try await replay.step(.array(try #require(NDArray(dtype: .int32, shape: [], values: [1]))))
        #expect(same.info == Sample.step(2).result.info)
        #expect(try await replay.step(-1).terminated)
    }

    @Test("on_divergence=stop truncates where the agent leaves the record")
    func stops() async throws {
        try await Sample.record(3, ending: .terminated, in: store)
        let replay = SingleEnvironment(
            try await registry.make(
                "faasfarm/Replay-v0", .init(entries: [Value.Entry("on_divergence", "stop")])))
        _ = try await replay.reset(seed: nil, options: [])
        let result = try await replay.step(1)
        #expect(result.truncated)
        #expect(!result.terminated)
        #expect(value("reason", of: result) != nil)
        await #expect(throws: EnvironmentError.self) { try await replay.step(1) }
        _ = try await replay.reset(seed: nil, options: [])
        #expect(try await replay.step(0).truncated == false)
    }

    @Test("A partial episode ends truncated, with the reason, after its last step", arguments: [0, 2])
    func partial(length: Int) async throws {
        let id = try await Sample.record(length, ending: .partial, in: store)
        let replay = SingleEnvironment(
            try await registry.make(
                "faasfarm/Replay-v0", .init(entries: [Value.Entry("episode", .text("\(id)"))])))
        _ = try await replay.reset(seed: nil, options: [])
        for index in stride(from: 1, through: length, by: 1) {
            let result = try await replay.step(Sample.step(index).action)
            #expect(!result.truncated && !result.terminated)
        }
        let last = try await replay.step(0)
        #expect(last.truncated)
        #expect(last.reward == 0)
        #expect(try bytes(last.observation) == bytes(Sample.observation(length)))
        #expect(value("reason", of: last)?.string?.contains("ends after step \(length)") == true)
    }

    @Test("max_episode_steps shortens a replay")
    func shortened() async throws {
        try await Sample.record(5, ending: .terminated, in: store)
        let replay = SingleEnvironment(try await registry.make("faasfarm/Replay-v0", .init(maxEpisodeSteps: 2)))
        _ = try await replay.reset(seed: nil, options: [])
        #expect(try await replay.step(0).truncated == false)
        #expect(try await replay.step(1).truncated)
    }

    @Test("Wrong arguments and actions are typed errors")
    func refusals() async throws {
        try await Sample.record(1, ending: .terminated, in: store)
        let wrong = [
            ("episode", Value.text("77")), ("episode", 0.5), ("episode", "first"), ("on_divergence", "ignore"),
        ]
        for (name, value) in wrong {
            let error = await #expect(throws: EnvironmentError.self) {
                SingleEnvironment(
                    try await registry.make("faasfarm/Replay-v0", .init(entries: [Value.Entry(name, value)])))
            }
            #expect(error?.reason == .badArgument(name: name))
        }
        let replay = SingleEnvironment(try await registry.make("faasfarm/Replay-v0", .init()))
        #expect(await reason { try await replay.step(0) } == .resetNeeded)
        _ = try await replay.reset(seed: nil, options: [])
        #expect(await reason { try await replay.step(5) } == .actionOutOfSpace)
        #expect(await reason { try await replay.step(0.5) } == .actionType)
        #expect(try await replay.step(0).terminated)
    }

    @Test("A replay renders the step as a line of text")
    func render() async throws {
        try await Sample.record(1, ending: .terminated, in: store)
        let replay = SingleEnvironment(try await registry.make("faasfarm/Replay-v0", .init(renderMode: "ansi")))
        _ = try await replay.reset(seed: nil, options: [])
        _ = try await replay.step(0)
        guard case .text(let line) = try await replay.render(mode: "ansi") else {
            Issue.record("not text")
            return
        }
        #expect(line == "episode 1, frame 1 of 1: action 0, reward -0.1, return -0.1, terminated\n")
        #expect(await reason { _ = try await replay.render(mode: "rgb_array") } == .unsupported)
    }

    private func reason(_ body: () async throws -> some Any) async -> EnvironmentError.Reason? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? EnvironmentError)?.reason
        }
    }

    private func value(_ key: String, of result: StepResult) -> Value? {
        result.info.first { $0.key == key }?.value
    }

    private func bytes(_ value: Value) throws -> Data {
        try MessageCodec.encode(WireValue(value), .binary)
    }
}
