import EnvironmentProtocol
import Episodes
import Foundation
import GRDB
import Gymnasium
import Randomness
import TestSupport
import Testing

@Suite("Recording")
struct EpisodeStoreRecordingTests {
    let folder: TemporaryFolder
    let store: EpisodeStore

    init() throws {
        folder = try TemporaryFolder()
        store = try EpisodeStore(path: folder.path("runs.sqlite"), mode: .write, programVersion: "faasfarm 9.9")
    }

    @Test("What is recorded is read back, to the last bit")
    func roundTrip() async throws {
        let start = Sample.start(seed: Seed(words: [1, 2, 3, 4, 5]))
        let name = try await store.begin(start)
        let rewards = [-0.1, 1e300, -0.0, .nan, -.infinity, 0.1 + 0.2]
        for (offset, reward) in rewards.enumerated() {
            try await store.record(Sample.step(offset + 1, reward: reward), of: name)
        }
        try await store.end(name, .truncated)

        let id = try #require(Int64(name))
        let episode = try store.episode(id)
        #expect(episode.arguments == start.environment.form.arguments)
        #expect(episode.scenarioText == start.environment.form.scenarioText)
        #expect(episode.observationSpace == start.environment.form.observationSpace)
        #expect(episode.actionSpace == start.environment.form.actionSpace)
        #expect(episode.info == start.info)
        #expect(episode.summary.seed == start.seed)
        #expect(episode.summary.programVersion == "faasfarm 9.9")
        #expect(episode.summary.status == .truncated)
        #expect(episode.summary.length == rewards.count)
        #expect(episode.summary.totalReward.isNaN)

        let steps = try store.steps(of: id, limit: 100)
        #expect(steps.map(\.result.reward.bitPattern) == rewards.map(\.bitPattern))
        for (step, index) in zip(steps, 1...) {
            let meant = Sample.step(index)
            #expect(step.index == index)
            #expect(step.action == meant.action)
            #expect(step.result.info == meant.result.info)
            #expect(try bytes(step.result.observation) == bytes(meant.result.observation))
        }
    }

    @Test("Stored bytes are those of the protocol's messages")
    func canonicalBytes() async throws {
        _ = try await store.begin(Sample.start())
        let queue = try DatabaseQueue(path: store.path)
        let stored = try await queue.read { try Data.fetchOne($0, sql: "SELECT observation FROM episodes") }
        #expect(stored == (try bytes(Sample.observation(0))))
    }

    @Test("stable-worldmodel#293: frame 0 is the reset's observation, T steps are T + 1 frames")
    func report103_frameZeroIsTheReset() async throws {
        let id = try await Sample.record(3, ending: .terminated, in: store)
        var frames: [EpisodeFrame] = []
        try store.forEachFrame(of: id) { frames.append($0) }
        #expect(frames.map(\.index) == [0, 1, 2, 3])
        #expect(try frames.map { try bytes($0.observation) } == (0...3).map { try bytes(Sample.observation($0)) })
        #expect(frames[0].step == nil)
        #expect(frames[0].info == Sample.start().info)
        #expect(frames.dropFirst().map(\.step?.action) == (1...3).map { Sample.step($0).action })
    }

    @Test(
        "Minari#199: every ending has steps + 1 observations",
        arguments: [EpisodeStatus.terminated, .truncated, .partial])
    func report101_oneObservationMoreThanSteps(_ status: EpisodeStatus) async throws {
        let id = try await Sample.record(300, ending: status, in: store)
        var count = 0
        try store.forEachFrame(of: id) { _ in count += 1 }
        #expect(count == 301)
        let summary = try store.episode(id).summary
        #expect(summary.status == status)
        #expect(summary.length == 300)
        #expect(summary.totalReward == (1...300).reduce(0) { sum, _ in sum - 0.1 })
        #expect(summary.endedAt != nil)
    }

    @Test("Another connection reads a step as soon as record has returned")
    func committedOnReturn() async throws {
        let name = try await store.begin(Sample.start())
        let other = try EpisodeStore(path: store.path, mode: .read)
        let id = try #require(Int64(name))
        for index in 1...5 {
            try await store.record(Sample.step(index), of: name)
            #expect(try other.step(index, of: id)?.index == index)
            #expect(try other.step(index + 1, of: id) == nil)
        }
        let summary = try other.episode(id).summary
        #expect(summary.status == .running)
        #expect(summary.length == 5)
    }

    @Test("A cancelled task still records")
    func cancellation() async throws {
        let store = self.store
        let name = try await store.begin(Sample.start())
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            try await store.record(Sample.step(1), of: name)
            try await store.end(name, .partial)
        }
        task.cancel()
        try await task.value
        #expect(try store.episode(named: name).summary.status == .partial)
        #expect(try store.episode(named: name).summary.length == 1)
    }

    @Test("Steps come one after the other, and none after the end")
    func order() async throws {
        let name = try await store.begin(Sample.start())
        try await store.record(Sample.step(1), of: name)
        for index in [0, 1, 3] {
            await #expect(throws: EpisodeStoreError.stepOutOfOrder(episode: name, got: index, expected: 2)) {
                try await store.record(Sample.step(index), of: name)
            }
        }
        try await store.end(name, .terminated)
        let over = EpisodeStoreError.notRunning(episode: name, status: "terminated")
        await #expect(throws: over) { try await store.record(Sample.step(2), of: name) }
        await #expect(throws: over) { try await store.end(name, .partial) }
        await #expect(throws: EpisodeStoreError.noSuchEpisode(id: "x", path: store.path)) {
            try await store.end("x", .partial)
        }
        #expect(try store.episode(named: name).summary.length == 1)
    }

    @Test("Closing the store ends what is running as partial")
    func close() async throws {
        let name = try await store.begin(Sample.start())
        try await store.record(Sample.step(1), of: name)
        try await store.close()
        let reader = try EpisodeStore(path: store.path, mode: .read)
        let summary = try reader.episode(named: name).summary
        #expect(summary.status == .partial)
        #expect(summary.endedAt != nil)
    }

    @Test("Fifty episodes are recorded at once, each whole")
    func concurrentWriters() async throws {
        let store = self.store
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { try await Sample.record(20, ending: .terminated, in: store) } }
            try await group.waitForAll()
        }
        let all = try store.list()
        #expect(all.count == 50)
        #expect(all.allSatisfy { $0.length == 20 && $0.status == .terminated })
    }

    private func bytes(_ value: Value) throws -> Data {
        try MessageCodec.encode(WireValue(value), .binary)
    }
}
