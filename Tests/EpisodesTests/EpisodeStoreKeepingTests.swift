import Episodes
import Foundation
import GRDB
import Gymnasium
import Randomness
import TestSupport
import Testing

@Suite("Pruning, merging, older files")
struct EpisodeStoreKeepingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("What is removed is gone with its steps and tasks; what runs stays")
    func removed() async throws {
        let store = try EpisodeStore(path: folder.path("runs.sqlite"), mode: .write, programVersion: "test")
        for _ in 0..<3 { try await Sample.record(4, ending: .terminated, in: store) }
        let running = try await Sample.record(2, ending: .running, in: store)
        #expect(try store.remove([1, 3, running, 99]) == [1, 3])
        try store.compact()
        #expect(try store.list().map(\.id) == [running, 2])
        #expect(try store.steps(of: 1, limit: 9).isEmpty)
        #expect(try store.steps(of: 2, limit: 9).count == 4)
        let next = try await Sample.record(1, ending: .terminated, in: store)
        #expect(next > running)
    }

    @Test("A merge copies everything once, under new ids")
    func merged() async throws {
        let first = try EpisodeStore(path: folder.path("first.sqlite"), mode: .write, programVersion: "test")
        try await Sample.record(3, ending: .truncated, in: first)
        let vector = try await RecordedVector(first, count: 4, mode: .nextStep)
        try vector.reset(seed: 8)
        for _ in 0..<50 { try vector.step() }
        vector.end()
        try await first.close()
        let second = try EpisodeStore(path: folder.path("second.sqlite"), mode: .write, programVersion: "other")
        try await Sample.record(2, ending: .terminated, in: second)
        let source = try EpisodeStore(path: first.path, mode: .read)
        let count = try source.list().count
        let once = try second.merge(source)
        #expect(once.copied == count && once.known == 0)
        let twice = try second.merge(source)
        #expect(twice.copied == 0 && twice.known == count)
        try await second.close()

        let merged = try EpisodeStore(path: second.path, mode: .read)
        let originals = try source.list().filter { $0.environmentID == DiceEnvironment.id }.map {
            try source.seen($0.id)
        }
        let copies = try merged.list().filter { $0.environmentID == DiceEnvironment.id }.map { try merged.seen($0.id) }
        #expect(originals == copies)
        let verifier = EpisodeVerifier(merged, registry: DiceEnvironment.registry)
        for episode in try merged.list(EpisodeFilter(environmentID: DiceEnvironment.id)) {
            #expect(try await verifier.verify(episode.id) == .same(steps: episode.length))
        }
    }

    @Test("A file of schema 1 is read as it is, and brought to this schema when it is written")
    func olderFile() async throws {
        let path = folder.path("old.sqlite")
        let made = try EpisodeStore(path: folder.path("new.sqlite"), mode: .write, programVersion: "test")
        try await Sample.record(5, ending: .terminated, in: made)
        try await Sample.record(2, ending: .partial, in: made)
        try await made.close()
        try await Sample.backToFirstSchema(made.path, as: path)

        let old = try EpisodeStore(path: path, mode: .read)
        #expect(try old.list().map(\.length) == [2, 5])
        #expect(try old.episode(1).observation == Sample.start().observation || old.steps(of: 1, limit: 9).count == 5)
        #expect(try old.episode(1).scenarioText == "name: demo\n")
        #expect(try old.list(EpisodeFilter(scenario: "demo")).count == 2)

        let store = try EpisodeStore(path: path, mode: .write, programVersion: "test")
        #expect(try store.list().map(\.length) == [2, 5])
        #expect(try store.steps(of: 1, limit: 9).count == 5)
        #expect(try store.episode(1).options == nil)
        let next = try await Sample.record(1, ending: .terminated, in: store)
        #expect(next == 3)
        #expect(try store.episode(3).options == [])
        try await store.close()
        let verifier = EpisodeVerifier(try EpisodeStore(path: path, mode: .read), registry: EnvironmentRegistry())
        #expect(try await verifier.verify(1) == .sound(steps: 5))
    }

    @Test("A file of schema 2 is read as it is, and gets its episodes' QoS when it is written")
    func secondSchema() async throws {
        let path = folder.path("second.sqlite")
        let made = try EpisodeStore(path: path, mode: .write, programVersion: "test")
        let name = try await made.begin(Sample.start())
        let tasks = [Sample.task(1, "done", onTime: true), Sample.task(2, "failed", onTime: false)]
        try await made.record(Sample.step(1, terminated: true, events: tasks), of: name)
        try await made.end(name, .terminated)
        try await made.close()
        try await Sample.change(
            path,
            """
            ALTER TABLE episodes DROP COLUMN options; ALTER TABLE episodes DROP COLUMN qos;
            \(Sample.withoutSteering)
            DELETE FROM grdb_migrations WHERE identifier = 'episodes 3'; PRAGMA user_version = 2;
            """)
        for mode in [EpisodeStore.Mode.read, .write, .read] {
            let store = try EpisodeStore(path: path, mode: mode, programVersion: "test")
            #expect(try store.list().map(\.qos) == [0.5])
            #expect(try store.episode(1).options == nil)
            try await store.close()
        }
    }

    @Test("A file of schema 3 is read as one without decisions, and gets their tables when it is written")
    func thirdSchema() async throws {
        let path = folder.path("third.sqlite")
        let made = try EpisodeStore(path: path, mode: .write, programVersion: "test")
        try await Sample.record(2, ending: .terminated, in: made)
        try await made.close()
        try await Sample.change(path, Sample.withoutSteering)
        for mode in [EpisodeStore.Mode.read, .write, .read] {
            let store = try EpisodeStore(path: path, mode: mode, programVersion: "test")
            #expect(try store.list().count == 1)
            if mode == .write {
                try await store.insert([
                    ServedTask(
                        function: "f", id: "1", arrived: 5, waited: 0, service: 1, status: 200, deadline: 2, met: true)
                ])
            }
            let isThird = try store.steeredFunctions().isEmpty
            #expect(try store.memory(of: "f") == nil)
            #expect(try store.decisions(of: "f", limit: 9).isEmpty)
            #expect(try store.served(of: "f", in: 0..<10, limit: 9).isEmpty == isThird)
            try await store.close()
        }
        #expect(try EpisodeStore(path: path, mode: .read).steeredFunctions().map(\.served) == [1])
    }
}
