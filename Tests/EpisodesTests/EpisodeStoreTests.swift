import Foundation
import GRDB
import Gymnasium
import TestSupport
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

    @Test(
        "sqlite.org/wal.html, WAL-reset bug: one writer a file; the second is told who has it, by any name of the file")
    func oneWriter() async throws {
        let path = folder.path("runs.sqlite")
        let first = try EpisodeStore(path: path, mode: .write, holder: "faasfarm serve at tcp://127.0.0.1:1")
        try await Sample.record(1, ending: .terminated, in: first)
        let link = folder.path("link.sqlite")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        for name in [path, link] {
            let error = try #require(throws: EpisodeStoreError.self) { _ = try EpisodeStore(path: name, mode: .write) }
            guard case .beingWritten(name, let holder) = error else {
                Issue.record("got \(error)")
                return
            }
            #expect(holder.hasPrefix("faasfarm serve at tcp://127.0.0.1:1, process \(getpid()), since 2"))
        }
        first.describe(holder: "it")
        let error = try #require(throws: EpisodeStoreError.self) { _ = try EpisodeStore(path: path, mode: .write) }
        #expect(error.description.contains("by it, process"))
        #expect(try EpisodeStore(path: path, mode: .read).list().count == 1)
        try await first.close()
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == [
                "link.sqlite", "runs.sqlite",
            ])
        try await EpisodeStore(path: path, mode: .write).close()
    }

    @Test("A lock file that a dead process left is no obstacle")
    func staleLock() async throws {
        let path = folder.path("runs.sqlite")
        try Data("faasfarm serve, process 1, since the flood\n".utf8).write(to: URL(fileURLWithPath: path + "-writer"))
        let store = try EpisodeStore(path: path, mode: .write)
        try await Sample.record(1, ending: .terminated, in: store)
        try await store.close()
    }

    @Test("After a close the file alone has everything, also when it was read while it was written")
    func whole() async throws {
        let path = folder.path("runs.sqlite")
        let store = try EpisodeStore(path: path, mode: .write)
        let id = try await Sample.record(3, ending: .terminated, in: store)
        // Each of these has connections of its own, which only read, and outlive the writer's.
        let replay = try ReplayEnvironment(store, episodes: ["newest"])
        let reader = try EpisodeStore(path: path, mode: .read)
        #expect(try reader.list().count == 1)
        _ = try await SingleEnvironment(replay).reset()
        #expect(try await store.close() == .whole)
        let copy = folder.path("copy.sqlite")
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        #expect(try EpisodeStore(path: copy, mode: .read).steps(of: id, limit: 9).count == 3)
        withExtendedLifetime(reader) {}
    }

    @Test("A transaction that somebody keeps open is told of: as the log grows, and at the end")
    func pinned() async throws {
        let path = folder.path("runs.sqlite")
        let said = Failures()
        let store = try EpisodeStore(
            path: path, mode: .write, programVersion: "test", busySeconds: 1, logLimit: 8_192, onGrowth: said.add)
        try await Sample.record(1, ending: .terminated, in: store)
        let other = try open(path)
        let deadline = ContinuousClock.now + .seconds(20)
        while said.all.isEmpty, ContinuousClock.now < deadline {
            try await Sample.record(20, ending: .terminated, in: store)
        }
        #expect(said.all.count == 1)
        #expect("\(try #require(said.all.first))".contains("keeps a transaction open"))
        let count = try store.list().count
        #expect(try await store.close() == .withLog)
        try other.inDatabase { try $0.commit() }
        try other.close()
        // Nothing is lost, and the next writer makes it whole.
        let next = try EpisodeStore(path: path, mode: .write)
        #expect(try next.list().count == count)
        #expect(try await next.close() == .whole)
    }

    @Test("loreai#1221: the log gives its room back when the reader that held it up is gone")
    func shrinks() async throws {
        let path = folder.path("runs.sqlite")
        let store = try EpisodeStore(
            path: path, mode: .write, programVersion: "test", busySeconds: 1, logLimit: 65_536)
        func logBytes() throws -> Int {
            let attributes = try FileManager.default.attributesOfItem(atPath: path + "-wal")
            return try #require((attributes[.size] as? NSNumber)?.intValue)
        }
        try await Sample.record(1, ending: .terminated, in: store)
        let reader = try open(path)
        // Past the thousand pages at which a log is folded into its file.
        while try logBytes() < 5_000_000 { try await Sample.record(20, ending: .terminated, in: store) }
        try reader.inDatabase { try $0.commit() }
        let deadline = ContinuousClock.now + .seconds(20)
        while try logBytes() > 65_536, ContinuousClock.now < deadline {
            try await Sample.record(1, ending: .terminated, in: store)
        }
        #expect(try logBytes() <= 65_536)
        try reader.close()
        #expect(try await store.close() == .whole)
    }

    /// A connection in the middle of reading.
    private func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.inDatabase { db in
            try db.beginTransaction(.deferred)
            _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM episodes")
        }
        return queue
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
