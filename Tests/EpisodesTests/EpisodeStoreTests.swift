import Foundation
import GRDB
import Gymnasium
import Testing

@testable import Episodes

@Suite("Episode files")
struct EpisodeStoreTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("A missing file is said to be missing, and is not made by reading")
    func missing() throws {
        let path = folder.path("none.sqlite")
        #expect(throws: EpisodeStoreError.missing(path: path)) { try EpisodeStore(path: path, mode: .read) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("A file that is no database is refused and left as it is")
    func notADatabase() throws {
        let path = folder.path("notes.txt")
        let content = Data(String(repeating: "These are notes. ", count: 100).utf8)
        try content.write(to: URL(fileURLWithPath: path))
        #expect(throws: EpisodeStoreError.notADatabase(path: path)) { try EpisodeStore(path: path, mode: .read) }
        #expect(throws: EpisodeStoreError.notADatabase(path: path)) {
            try EpisodeStore(path: path, mode: .write, programVersion: "test")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == content)
    }

    @Test("Another program's database is refused and left as it is")
    func foreignDatabase() async throws {
        let path = folder.path("other.sqlite")
        let queue = try DatabaseQueue(path: path)
        try await queue.write { try $0.execute(sql: "CREATE TABLE songs (title TEXT)") }
        try queue.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(throws: EpisodeStoreError.notEpisodes(path: path)) { try EpisodeStore(path: path, mode: .read) }
        #expect(throws: EpisodeStoreError.notEpisodes(path: path)) {
            try EpisodeStore(path: path, mode: .write, programVersion: "test")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    @Test("A newer schema is refused, naming both versions")
    func newerSchema() async throws {
        let path = folder.path("new.sqlite")
        try await EpisodeStore(path: path, mode: .write, programVersion: "test").close()
        let queue = try DatabaseQueue(path: path)
        try await queue.write { try $0.execute(sql: "PRAGMA user_version = 9") }
        try queue.close()
        let expected = EpisodeStoreError.newerSchema(path: path, version: 9, supported: EpisodeSchema.version)
        #expect(throws: expected) { try EpisodeStore(path: path, mode: .read) }
        #expect(throws: expected) { try EpisodeStore(path: path, mode: .write, programVersion: "test") }
        #expect(expected.description.contains("9"))
    }

    @Test("A folder that does not exist is said")
    func noFolder() throws {
        let path = folder.path("nowhere/runs.sqlite")
        let error = #expect(throws: EpisodeStoreError.self) {
            try EpisodeStore(path: path, mode: .write, programVersion: "test")
        }
        guard case .cannotOpen(path, _) = error else {
            Issue.record("got \(String(describing: error))")
            return
        }
    }

    @Test("Reading does not write: the recorder refuses")
    func readingOnly() async throws {
        let path = folder.path("runs.sqlite")
        try await EpisodeStore(path: path, mode: .write, programVersion: "test").close()
        let store = try EpisodeStore(path: path, mode: .read)
        #expect(!store.isWritable)
        await #expect(throws: EpisodeStoreError.notWritable(path: path)) { try await store.begin(Sample.start()) }
    }

    @Test("What a dead process left running is partial, with its return and length")
    func leftBehind() async throws {
        let path = try await Sample.leftBehind(by: Sample.deadPID(), in: folder)
        // A reader sees it at once, the file still says running.
        #expect(try EpisodeStore(path: path, mode: .read).list(EpisodeFilter(status: .partial)).map(\.length) == [2])
        #expect(try status(in: path) == "running")

        let store = try EpisodeStore(path: path, mode: .write, programVersion: "test")
        let summary = try #require(try store.list().first)
        #expect(try status(in: path) == "partial")
        #expect(summary.length == 2)
        #expect(summary.totalReward == -0.2)
        #expect(summary.endedAt == nil)
        #expect(try store.steps(of: summary.id, limit: 9).count == 2)
    }

    @Test("A pid that another process has now does not keep an episode running")
    func reusedPID() async throws {
        let path = try await Sample.leftBehind(by: getppid(), in: folder)
        _ = try EpisodeStore(path: path, mode: .write, programVersion: "test")
        #expect(try status(in: path) == "partial")
    }

    @Test("What a live process runs is not touched")
    func liveWriter() async throws {
        let path = folder.path("runs.sqlite")
        let first = try EpisodeStore(path: path, mode: .write, programVersion: "test")
        let name = try await first.begin(Sample.start())
        let second = try EpisodeStore(path: path, mode: .write, programVersion: "test")
        try await Sample.record(1, ending: .terminated, in: second)
        try await second.close()
        try await first.record(Sample.step(1), of: name)
        #expect(try first.list().map(\.status) == [.terminated, .running])
    }

    @Test("A locked file is said to be locked, and recording goes on when it is free")
    func locked() async throws {
        let path = folder.path("runs.sqlite")
        let store = try EpisodeStore(path: path, mode: .write, programVersion: "test", busySeconds: 0.05)
        let name = try await store.begin(Sample.start())
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: path, configuration: configuration)
        try other.inDatabase { try $0.beginTransaction(.immediate) }
        await #expect(throws: EpisodeStoreError.locked(path: path, seconds: 0.05)) {
            try await store.record(Sample.step(1), of: name)
        }
        try other.inDatabase { try $0.rollback() }
        try await store.record(Sample.step(1), of: name)
        #expect(try store.episode(named: name).summary.length == 1)
    }

    @Test("A full disk loses the step, nothing else, and the episode can be ended")
    func diskFull() async throws {
        let path = folder.path("runs.sqlite")
        let store = try EpisodeStore(path: path, mode: .write, programVersion: "test", busySeconds: 1, maximumPages: 40)
        let name = try await store.begin(Sample.start())
        var kept = 0
        let error = await #expect(throws: EpisodeStoreError.self) {
            for index in 1...10_000 {
                let task = Sample.task(.integer(Int64(index)), "done", onTime: true)
                try await store.record(Sample.step(index, events: [task]), of: name)
                kept = index
            }
        }
        #expect(error == .diskFull(path: path))
        #expect(kept > 10)
        try await store.end(name, .partial)
        let id = try #require(Int64(name))
        #expect(try store.steps(of: id, limit: 20_000).map(\.index) == Array(1...kept))
        #expect(try store.tasks(of: id).count == kept)
        #expect(try store.episode(id).summary.length == kept)
    }

    private func status(in path: String) throws -> String? {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { try String.fetchOne($0, sql: "SELECT status FROM episodes") }
    }
}
