import Gymnasium
import TestSupport
import Testing

@testable import Episodes

@Suite("Reading episodes")
struct EpisodeStoreReadingTests {
    let folder: TemporaryFolder
    let store: EpisodeStore

    init() throws {
        folder = try TemporaryFolder()
        store = try EpisodeStore(path: folder.path("runs.sqlite"), mode: .write, programVersion: "test")
    }

    @Test("A list is newest first, by environment, status and number")
    func list() async throws {
        let endings: [(String, EpisodeStatus)] = [
            ("a", .terminated), ("b", .truncated), ("a", .partial), ("a", .running),
        ]
        for (id, status) in endings {
            try await Sample.record(1, ending: status, of: id, in: store)
        }
        #expect(try store.list().map(\.id) == [4, 3, 2, 1])
        #expect(try store.list(EpisodeFilter(environmentID: "a")).map(\.id) == [4, 3, 1])
        #expect(try store.list(EpisodeFilter(status: .partial)).map(\.id) == [3])
        #expect(try store.list(EpisodeFilter(status: .running)).map(\.id) == [4])
        #expect(try store.list(EpisodeFilter(environmentID: "b", status: .terminated)).isEmpty)
        #expect(try store.list(EpisodeFilter(environmentID: "a", limit: 2)).map(\.id) == [4, 3])
        #expect(try store.list(EpisodeFilter(limit: 0)).isEmpty)
    }

    @Test("Episodes are named by id, or newest for the newest complete one")
    func named() async throws {
        #expect(throws: EpisodeStoreError.self) { try store.episode(named: "newest") }
        try await Sample.record(1, ending: .terminated, in: store)
        try await Sample.record(2, ending: .truncated, in: store)
        try await Sample.record(3, ending: .partial, in: store)
        #expect(try store.episode(named: "newest").summary.id == 2)
        #expect(try store.episode(named: "3").summary.length == 3)
        #expect(throws: EpisodeStoreError.noSuchEpisode(id: "4", path: store.path)) { try store.episode(named: "4") }
        #expect(throws: EpisodeStoreError.noSuchEpisode(id: "\"first\"", path: store.path)) {
            try store.episode(named: "first")
        }
    }

    @Test("Pages join without a gap, and an episode without steps has none")
    func pages() async throws {
        let id = try await Sample.record(600, ending: .terminated, in: store)
        var indices: [Int] = []
        try store.forEachStep(of: id) { indices.append($0.index) }
        #expect(indices == Array(1...600))
        #expect(try store.steps(of: id, from: 599, limit: 10).map(\.index) == [599, 600])
        let empty = try await Sample.record(0, ending: .partial, in: store)
        #expect(try store.steps(of: empty, limit: 10).isEmpty)
        #expect(try store.episode(empty).summary.totalReward == 0)
    }

    @Test("Tasks are kept with what was said of them, and counted")
    func tasks() async throws {
        let name = try await store.begin(Sample.start())
        let other = Value.dictionary(["kind": "scaled", "requested": 10, "applied": 4])
        try await store.record(
            Sample.step(
                1,
                events: [
                    Sample.task(1, "done", onTime: true), other,
                    Sample.task("t-2", "failed", onTime: false, reason: "503"),
                ]),
            of: name)
        try await store.record(
            Sample.step(
                2, terminated: true,
                events: [
                    Sample.task(3, "done", onTime: false), Sample.task(4, "failed", onTime: false, reason: "503"),
                    Sample.task(5, "unfinished", onTime: false), .dictionary(["kind": "task", "id": 6]),
                ]),
            of: name)
        try await store.end(name, .terminated)
        let id = try #require(Int64(name))

        let tasks = try store.tasks(of: id)
        #expect(Set(tasks.map(\.id)) == ["1", "t-2", "3", "4", "5", "6"])
        let first = try #require(tasks.first { $0.id == "1" })
        #expect(first.stepIndex == 1)
        #expect(first.generated == 1.5)
        #expect(first.deadline == 3.5)
        #expect(first.firstStarted == nil)
        #expect(first.ended == 3)
        #expect(first.attempts == 2)
        #expect(first.outcome == .done)
        #expect(first.onTime == true)
        #expect(first.worker == "worker-1")
        #expect(tasks.first { $0.id == "6" }?.outcome == nil)

        let account = try store.taskAccount(of: id)
        #expect(account.emitted == 6)
        #expect(account.emitted == account.done + account.failed + account.unfinished)
        #expect(account.done == 2)
        #expect(account.failed == 2)
        #expect(account.onTime == 1)
        #expect(account.qos == 1.0 / 6)
        #expect(account.reasons.first == TaskAccount.Reason(outcome: .failed, reason: "503", count: 2))
        #expect(try store.step(1, of: id)?.result.events == [other])
        #expect(try store.step(2, of: id)?.result.events == [])
    }

    @Test("Without tasks nothing was missed")
    func noTasks() async throws {
        let id = try await Sample.record(1, ending: .terminated, in: store)
        let account = try store.taskAccount(of: id)
        #expect(account.emitted == 0)
        #expect(account.qos == 1)
    }
}
