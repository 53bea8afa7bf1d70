import Foundation
import Gymnasium
import Randomness
import TestSupport
import Testing

@testable import Episodes

@Suite("Journals of single environments")
struct SingleJournalTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("Episodes have the ids that were told at once, and verify")
    func recorded() async throws {
        let path = folder.path("runs.sqlite")
        let store = try EpisodeStore(path: path, mode: .write, programVersion: "test")
        let ids = try await play(store, episodes: 30)
        #expect(Set(ids).count == 30)
        try await store.close()
        let reader = try EpisodeStore(path: path, mode: .read)
        #expect(try reader.list().map { String($0.id) }.sorted() == ids.sorted())
        let verifier = EpisodeVerifier(reader, registry: DiceEnvironment.registry)
        for episode in try reader.list() {
            #expect(try await verifier.verify(episode.id) == .same(steps: episode.length))
        }
    }

    @Test("Ids go on without a gap when the file is closed and opened again")
    func idsGoOn() async throws {
        let path = folder.path("runs.sqlite")
        for round in 0..<3 {
            let store = try EpisodeStore(path: path, mode: .write, programVersion: "test")
            let ids = try await play(store, episodes: 2)
            #expect(ids == ["\(2 * round + 1)", "\(2 * round + 2)"])
            try await store.close()
        }
    }

    @Test("An episode that has ended can be replayed at once, whatever the file has to wait for")
    func atOnce() async throws {
        let store = try EpisodeStore(path: folder.path("runs.sqlite"), mode: .write, programVersion: "test")
        for _ in 0..<50 {
            let id = try #require(try await play(store, episodes: 1).last)
            let replay = try ReplayEnvironment(store, episodes: ["newest"])
            #expect(replay.arguments.first { $0.key == "episode" }?.value == .integer(Int64(id) ?? 0))
        }
        try await store.close()
    }

    @Test("A reset's options are recorded, so that the episode can be run again")
    func options() async throws {
        let store = try EpisodeStore(path: folder.path("runs.sqlite"), mode: .write, programVersion: "test")
        var form = DiceEnvironment.form
        form.spec.id = "test/Options-v0"
        let rows = try store.recording(SynchronousRows([OptionsTaker()], form)) { Issue.record($0) }
        let buffers = RowBuffers(for: rows)
        for options in [[Value.Entry("high", 0.5)], []] {
            try rows.resetNow(seeds: [Seed(1)], mask: nil, options: options, into: buffers)
        }
        rows.closeNow()
        store.waitForJournals()
        #expect(try store.episode(1).options == [Value.Entry("high", 0.5)])
        #expect(try store.episode(2).options == [])
        try await store.close()
    }

    /// Takes all options, and does nothing.
    private final class OptionsTaker: SynchronousEnvironment {
        func reset(seed: Seed, observation: UnsafeMutableRawBufferPointer) {}
        func accept(_ options: [Value.Entry]) throws(EnvironmentError) {}
        func step(action: UnsafeRawBufferPointer, observation: UnsafeMutableRawBufferPointer) -> Transition {
            Transition(reward: 0, terminated: false, truncated: false)
        }
        func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>) {}
        var info: [Value.Entry] { [] }
        func render(mode: String) -> RenderedFrame? { nil }
    }

    @Test("A changed byte is found, with its step and field")
    func changed() async throws {
        let path = folder.path("runs.sqlite")
        let store = try EpisodeStore(path: path, mode: .write, programVersion: "test")
        _ = try await play(store, episodes: 1)
        try await store.close()
        try await Sample.change(path, "UPDATE steps SET reward = reward + 1e-9 WHERE step_index = 1")
        try await Sample.change(path, "UPDATE episodes SET return = return + 1e-9")
        let verifier = EpisodeVerifier(
            try EpisodeStore(path: path, mode: .read), registry: DiceEnvironment.registry)
        guard case .differs(let difference) = try await verifier.verify(1) else {
            Issue.record("the change was not found")
            return
        }
        #expect(difference.step == 1)
        #expect(difference.field == "reward")
        try await Sample.change(path, "DELETE FROM steps WHERE step_index = 1")
        let verdict = try await verifier.verify(1)
        #expect(verdict == .unsound(step: 2, "step 1 is missing"))
    }

    private func play(_ store: EpisodeStore, episodes: Int) async throws -> [String] {
        let made = try await DiceEnvironment.registry.make(
            DiceEnvironment.id, EnvironmentRegistry.Arguments(entries: [Value.Entry("ends", 0.02)]))
        let listener = try #require(
            store.listener(to: ObservedEnvironment(made)) { _ in Issue.record("recording stopped") })
        let rows = try #require(ObservedRows.of(made, [listener]).immediate)
        let environment = SingleEnvironment(rows)
        var ids: [String] = []
        for episode in 0..<episodes {
            let seed: Seed? = episode % 3 == 0 ? Seed(UInt64(episode)) : nil
            _ = try environment.resetNow(rows, seed: seed)
            ids.append(try #require(listener.episode))
            while true {
                let result = try environment.stepNow(rows, .integer(1))
                if result.terminated || result.truncated { break }
            }
        }
        return ids
    }
}
