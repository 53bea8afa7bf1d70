import Foundation
import GRDB
import Randomness
import TestSupport
import Testing

@testable import Episodes
@testable import Gymnasium

/// Episodes of a small environment that visit every kind of value.
enum Sample {
    static let observationSpace = Space.dict([
        Space.Entry("queue", .box(Space.Box(shape: [3], low: [0], high: [.infinity]))),
        Space.Entry(
            "words", .tuple([.text(Space.Text(minLength: 0, maxLength: 9, charset: "abc ")), .multiBinary(shape: [2])])),
    ])
    static let actionSpace = Space.discrete(Space.Discrete(n: 3, start: -1))

    static func start(_ id: String = "faasfarm/Farm-v0", seed: Seed = Seed(7)) -> EpisodeStart {
        let form = EnvironmentForm(
            spec: EnvironmentSpec(id: id, description: ""), observationSpace: observationSpace,
            actionSpace: actionSpace, arguments: [Value.Entry("action", "paper"), Value.Entry("scenario", "demo")],
            scenarioText: "name: demo\n", isReproducible: false)
        return EpisodeStart(
            environment: ObservedEnvironment(form, waits: true), seed: seed, observation: observation(0),
            info: [Value.Entry("window_seconds", .number(0))])
    }

    static func observation(_ index: Int) -> Value {
        .dictionary([
            "queue": .array(NDArray([Float(index), 0.1 * Float(index), .nan])),
            "words": .tuple([.text("äß \(index)"), .array(NDArray([Int8(1), 0]))]),
        ])
    }

    static func step(
        _ index: Int, reward: Double = -0.1, terminated: Bool = false, truncated: Bool = false, events: [Value] = []
    ) -> EpisodeStep {
        let metrics = Value.dictionary([
            "queue_length": .integer(Int64(index)), "running": 2, "ready": 3, "desired": 4, "qos": 0.5,
        ])
        return EpisodeStep(
            index: index, action: .integer(Int64(index % 3 - 1)),
            result: StepResult(
                observation: observation(index), reward: reward, terminated: terminated, truncated: truncated,
                info: [Value.Entry("metrics", metrics), Value.Entry("window_seconds", .number(1.0 / Double(index)))],
                events: events))
    }

    static func task(_ id: Value, _ outcome: String, onTime: Bool, reason: String? = nil) -> Value {
        var entries: [String: Value] = [
            "kind": "task", "id": id, "generated_s": 1.5, "deadline_s": 3.5, "attempts": 2, "outcome": .text(outcome),
            "on_time": .boolean(onTime), "worker": "worker-1", "colour": "blue",
        ]
        if outcome == "done" { entries["ended_s"] = 3 }
        if let reason { entries["reason"] = .text(reason) }
        return .dictionary(entries)
    }

    /// Records an episode of `length` steps and ends it as `status`, or leaves it running.
    @discardableResult
    static func record(
        _ length: Int, ending status: EpisodeStatus, of id: String = "faasfarm/Farm-v0", in store: EpisodeStore
    ) async throws -> Int64 {
        let episode = try await store.begin(start(id))
        for index in stride(from: 1, through: length, by: 1) {
            let last = index == length
            try await store.record(
                step(index, terminated: last && status == .terminated, truncated: last && status == .truncated),
                of: episode)
        }
        try await store.end(episode, status)
        return try #require(Int64(episode))
    }

    /// Runs SQL on a file that nobody has open for writing.
    static func change(_ path: String, _ sql: String) async throws {
        let queue = try DatabaseQueue(path: path)
        try await queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    /// SQL that makes a file of schema 3.
    static let withoutSteering = """
        DROP TABLE decisions; DROP TABLE steering_settings; DROP TABLE steering_memory; DROP TABLE served;
        DELETE FROM grdb_migrations WHERE identifier = 'episodes 4'; PRAGMA user_version = 3;
        """

    /// Copies a file to one as the first version wrote it.
    static func backToFirstSchema(_ path: String, as old: String) async throws {
        let queue = try DatabaseQueue(path: old)
        try await queue.writeWithoutTransaction { db in
            try db.execute(sql: EpisodeSchema.firstTables)
            try db.execute(sql: "ATTACH DATABASE ? AS new", arguments: [path])
            try db.execute(
                sql: """
                    INSERT INTO main.episodes
                    SELECT e.id, environment_id, status, seed, return, length, started_at, ended_at, program_version,
                        writer_pid, writer_started, scenario, arguments, observation_space, action_space, observation, info
                    FROM new.episodes e JOIN new.setups s ON s.id = setup_id;
                    INSERT INTO main.steps SELECT * FROM new.steps;
                    INSERT INTO main.tasks SELECT * FROM new.tasks;
                    CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
                    INSERT INTO grdb_migrations VALUES ('episodes 1');
                    PRAGMA main.application_id = \(EpisodeSchema.applicationID);
                    PRAGMA main.user_version = 1;
                    """)
        }
        try queue.close()
    }

    /// The number of a process that was, and is no more.
    static func deadPID() throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exit 0"]
        try process.run()
        process.waitUntilExit()
        return process.processIdentifier
    }

    /// A file as a killed process leaves it: an episode of two steps, running, written by `pid`.
    static func leftBehind(by pid: Int32, in folder: TemporaryFolder) async throws -> String {
        let path = folder.path("left.sqlite")
        let store = try EpisodeStore(path: folder.path("alive.sqlite"), mode: .write, programVersion: "test")
        try await record(2, ending: .running, in: store)
        // Main file and log as they are at this moment: what a kill -9 leaves.
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: store.path + suffix, toPath: path + suffix)
        }
        let queue = try DatabaseQueue(path: path)
        try await queue.write { try $0.execute(sql: "UPDATE episodes SET writer_pid = ?", arguments: [pid]) }
        try queue.close()
        try await store.close()
        return path
    }
}
