import Episodes
import GRDB
import Gymnasium
import Randomness
import TestSupport
import Testing

@Suite("Replay in vectors")
struct ReplayVectorTests {
    private let folder: TemporaryFolder
    private let store: EpisodeStore

    init() throws {
        folder = try TemporaryFolder()
        store = try EpisodeStore(path: folder.path("runs.sqlite"), mode: .write, programVersion: "test")
    }

    @Test("Every row gives its episodes exactly, in every autoreset mode", arguments: AutoresetMode.allCases)
    func exact(mode: AutoresetMode) async throws {
        let ids = try await recorded()
        let count = 3
        var registry = EnvironmentRegistry()
        ReplayEnvironment.register(in: &registry, store: store)
        let vector = try await registry.makeVector(
            "faasfarm/Replay-v0",
            EnvironmentRegistry.Arguments(entries: [Value.Entry("episode", .tuple(ids.map { .integer($0) }))]),
            count: count, autoresetMode: mode)
        let buffers = RowBuffers(for: vector)
        let lists = try (0..<count).map { row in
            try stride(from: row, to: ids.count, by: count).map { try store.seen(ids[$0]) }
        }
        var place = Array(repeating: 0, count: count)
        var step = Array(repeating: 0, count: count)
        var isOver = Array(repeating: false, count: count)
        let seeds = try vector.resetNow(seeds: Array(repeating: Seed(1), count: count), into: buffers)
        #expect(seeds == lists.map { $0[0].seed })
        for row in 0..<count { #expect(Array(buffers.observation(at: row)) == lists[row][0].observations[0]) }
        for _ in 0..<80 {
            let actions = (0..<count).map { row -> Int64 in
                isOver[row] ? 0 : lists[row][place[row]].actions[step[row]]
            }
            try actions.withUnsafeBytes { try vector.stepNow(actions: $0, into: buffers) }
            for row in 0..<count {
                let observation = Array(buffers.observation(at: row))
                if isOver[row] {
                    #expect(observation == lists[row][place[row]].observations[0])
                    #expect(buffers.rewards[row] == 0)
                    isOver[row] = false
                    continue
                }
                let episode = lists[row][place[row]]
                step[row] += 1
                #expect(buffers.rewards[row] == episode.rewards[step[row] - 1])
                let isLast = step[row] == episode.actions.count
                #expect(buffers.terminations[row] == (isLast && episode.ending == .terminated))
                #expect(buffers.truncations[row] == (isLast && episode.ending == .truncated))
                #expect(vector.info(at: row).allSatisfy { $0.key != "replay_diverged" })
                let seen = isLast && mode == .sameStep ? Array(buffers.finalObservation(at: row)) : observation
                #expect(seen == episode.observations[step[row]])
                guard isLast else { continue }
                place[row] = (place[row] + 1) % lists[row].count
                step[row] = 0
                isOver[row] = mode == .nextStep
                if mode == .sameStep { #expect(observation == lists[row][place[row]].observations[0]) }
                guard mode == .disabled else { continue }
                let again = try vector.resetNow(
                    seeds: Array(repeating: nil, count: count), mask: (0..<count).map { $0 == row }, into: buffers)
                #expect(again[row] == lists[row][place[row]].seed)
            }
        }
    }

    @Test("An action that is not the recorded one is told of, or ends the row's episode", arguments: ["tell", "stop"])
    func diverging(on: String) async throws {
        let ids = try await recorded()
        var registry = EnvironmentRegistry()
        ReplayEnvironment.register(in: &registry, store: store)
        let vector = try await registry.makeVector(
            "faasfarm/Replay-v0",
            EnvironmentRegistry.Arguments(entries: [
                Value.Entry("episode", .integer(ids[0])), Value.Entry("on_divergence", .text(on)),
            ]), count: 2, autoresetMode: .disabled)
        let buffers = RowBuffers(for: vector)
        try vector.resetNow(seeds: [nil, nil], into: buffers)
        let meant = try store.seen(ids[0]).actions[0]
        let actions = [meant, (meant + 1) % 3]
        try actions.withUnsafeBytes { try vector.stepNow(actions: $0, into: buffers) }
        #expect(!vector.info(at: 0).contains { $0.key == "replay_diverged" })
        #expect(vector.info(at: 1).contains(Value.Entry("replay_diverged", .boolean(true))))
        #expect(buffers.truncations[1] == (on == "stop"))
    }

    @Test("A single replay goes from one episode to the next, and refuses what it does not know")
    func list() async throws {
        let ids = try await recorded()
        var registry = EnvironmentRegistry()
        ReplayEnvironment.register(in: &registry, store: store)
        let chosen = Array(ids.prefix(2))
        let replay = SingleEnvironment(
            try await registry.make(
                "faasfarm/Replay-v0",
                EnvironmentRegistry.Arguments(entries: [Value.Entry("episode", .tuple(chosen.map { .integer($0) }))])))
        for id in chosen + chosen {
            let seen = try store.seen(id)
            let reset = try await replay.reset(seed: nil, options: [])
            #expect(reset.seed == seen.seed)
            for (action, reward) in zip(seen.actions, seen.rewards) {
                let result = try await replay.step(.integer(action))
                #expect(result.reward == reward)
                #expect(result.info.contains { $0.key == "action_mask" })
            }
        }
        for (key, value) in [("episode", Value.integer(999)), ("pace", "slow"), ("on_divergence", "stay")] {
            await #expect(throws: EnvironmentError.self) {
                _ = SingleEnvironment(
                    try await registry.make(
                        "faasfarm/Replay-v0", EnvironmentRegistry.Arguments(entries: [Value.Entry(key, value)])))
            }
        }
        await #expect(throws: EnvironmentError.self) {
            _ = try await registry.makeVector(
                "faasfarm/Replay-v0", EnvironmentRegistry.Arguments(entries: [Value.Entry("pace", "slow")]),
                count: 2, autoresetMode: .sameStep)
        }
    }

    @Test("In recorded time a step takes what it took, and is never made where others are waited for")
    func recordedTime() async throws {
        let id = try await recorded()[0]
        let queue = try DatabaseQueue(path: folder.path("runs.sqlite"))
        let (begun, written) = ("2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.200Z")
        try await queue.write { db in
            try db.execute(sql: "UPDATE episodes SET started_at = ? WHERE id = ?", arguments: [begun, id])
            try db.execute(
                sql: "UPDATE step_blocks SET recorded_at = ? WHERE episode_id = ?", arguments: [written, id])
        }
        var registry = EnvironmentRegistry()
        ReplayEnvironment.register(in: &registry, store: store)
        let vector = try await registry.make(
            "faasfarm/Replay-v0",
            EnvironmentRegistry.Arguments(entries: [
                Value.Entry("episode", .integer(id)), Value.Entry("pace", "recorded"),
            ]), .vector(count: 2, .disabled))
        #expect(vector.immediate == nil)
        #expect(vector.arguments.contains(Value.Entry("pace", "recorded")))
        let buffers = RowBuffers(for: vector)
        let actions = try store.seen(id).actions.prefix(1).flatMap { [$0, $0] }
        // The time of a step is counted from the answer before it.
        let before = ContinuousClock.now
        try await vector.reset(seeds: [nil, nil], mask: nil, options: [], into: buffers)
        let bytes = actions.withUnsafeBytes { Array($0) }
        buffers.actions.copyBytes(from: bytes)
        try await vector.step(actions: UnsafeRawBufferPointer(buffers.actions), into: buffers)
        #expect(ContinuousClock.now - before > .milliseconds(190))
    }

    /// Ids of complete episodes of a vector, of at least one step.
    private func recorded() async throws -> [Int64] {
        let vector = try await RecordedVector(store, count: 3, mode: .sameStep)
        try vector.reset(seed: 3)
        for _ in 0..<40 { try vector.step() }
        vector.end()
        let deadline = ContinuousClock.now + .seconds(20)
        while try store.list(EpisodeFilter(status: .partial)).count < 3 {
            try #require(ContinuousClock.now < deadline, "the journal was not written in 20 s")
            try await Task.sleep(for: .milliseconds(5))
        }
        // Of two steps at least: a step that ends an episode anyway can not be cut short.
        return Array(try store.list().filter { $0.status != .partial && $0.length > 1 }.map(\.id).reversed().prefix(7))
    }
}
