import Foundation
import GRDB
public import Gymnasium
import Randomness
import Synchronization

extension EpisodeStore: EpisodeRecorder {
    /// Records the beginning of an episode. This process is its writer.
    ///
    /// - Returns: the episode's id in this file, decimal digits.
    /// - Throws: ``EpisodeStoreError``; nothing was recorded then.
    public func begin(_ episode: EpisodeStart) async throws -> String {
        let id = try await write { db in
            try EpisodeRow(
                id: self.takeNumber(db), setup: self.setup(episode.environment, db), seed: episode.seed,
                resets: episode.resets,
                startedAt: Date(), observation: CanonicalBytes.bytes(episode.observation),
                info: CanonicalBytes.bytes(info: episode.info), options: episode.options
            ).insert(db)
        }
        running.withLock { _ = $0.insert(id) }
        return String(id)
    }

    /// Records a step with its tasks, all or nothing. It is committed when this returns.
    ///
    /// - Throws: ``EpisodeStoreError``; nothing of the step was recorded then, and the same step may be tried again.
    public func record(_ step: EpisodeStep, of episode: String) async throws {
        let id = try number(episode)
        try await write { db in
            try EpisodeStore.requireRunning(id, db)
            let last =
                try Int.fetchOne(db, sql: "SELECT max(step_index) FROM steps WHERE episode_id = ?", arguments: [id])
                ?? 0
            guard step.index == last + 1 else {
                throw EpisodeStoreError.stepOutOfOrder(episode: episode, got: step.index, expected: last + 1)
            }
            try EpisodeStore.insert(step, of: id, at: Date(), db)
        }
    }

    /// Records how an episode ended, with its return and length. `running` changes nothing.
    ///
    /// - Throws: ``EpisodeStoreError``.
    public func end(_ episode: String, _ status: EpisodeStatus) async throws {
        guard status != .running else { return }
        try await end(try number(episode), status)
    }

    func end(_ id: Int64, _ status: EpisodeStatus) async throws(EpisodeStoreError) {
        try await write { db in
            try EpisodeStore.requireRunning(id, db)
            try EpisodeStore.close(id, as: status, at: Date(), db)
        }
        running.withLock { _ = $0.remove(id) }
    }

    /// Marks as partial the running episodes whose processes are no more. Those of live ones are not touched.
    static func markLeftBehind(_ db: Database) throws {
        let rows = try Row.fetchAll(
            db, sql: "SELECT id, writer_pid, writer_started FROM episodes WHERE status = 'running'")
        for row in rows where !ProcessIdentity(pid: row["writer_pid"], started: row["writer_started"]).isAlive {
            try close(row["id"], as: .partial, at: nil, db)
        }
    }

    /// Return and length of what is recorded of an episode. The sum is taken in the order of the steps.
    static func tally(_ id: Int64, _ db: Database) throws -> (totalReward: Double, length: Int) {
        var (sum, length) = (0.0, 0)
        let rows = try Row.fetchCursor(
            db, sql: "SELECT reward, reward_bits FROM steps WHERE episode_id = ? ORDER BY step_index", arguments: [id])
        while let row = try rows.next() {
            sum += Reward(row: row).value
            length += 1
        }
        // An episode has its steps in one of the two tables.
        let blocks = try Data.fetchCursor(
            db, sql: "SELECT rewards FROM step_blocks WHERE episode_id = ? ORDER BY first_step", arguments: [id])
        while let rewards = try blocks.next() {
            for reward in StepBlock.rewards(rewards) { sum += reward }
            length += rewards.count / 8
        }
        return (sum, length)
    }

    private static func close(_ id: Int64, as status: EpisodeStatus, at end: Date?, _ db: Database) throws {
        let (sum, length) = try tally(id, db)
        let last = try Data.fetchOne(
            db, sql: "SELECT info FROM steps WHERE episode_id = ? AND step_index = ?", arguments: [id, length])
        let qos = try last.flatMap { try CanonicalBytes.info($0).resultQoS }
        try EpisodeRow.Ending(status: status, totalReward: sum, length: length, qos: qos, at: end).update(id, db)
    }

    private static func requireRunning(_ id: Int64, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "SELECT status, writer_pid, writer_started FROM episodes WHERE id = ?")
        guard let row = try Row.fetchOne(statement, arguments: [id]) else {
            throw EpisodeStoreError.notRunning(episode: String(id), status: "not in this file")
        }
        let status: String = row["status"]
        guard status == EpisodeStatus.running.rawValue else {
            throw EpisodeStoreError.notRunning(episode: String(id), status: status)
        }
        guard ProcessIdentity(pid: row["writer_pid"], started: row["writer_started"]) == .current else {
            throw EpisodeStoreError.notRunning(episode: String(id), status: "written by another process")
        }
    }

    static func insert(_ step: EpisodeStep, of id: Int64, at date: Date, _ db: Database) throws {
        let result = step.result
        let reward = Reward(result.reward)
        let others = result.events.filter { !TaskEvent.describes($0) }
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO steps (episode_id, step_index, action, reward, reward_bits, terminated, truncated, recorded_at,
                    observation, info, events)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            id, step.index, CanonicalBytes.bytes(step.action), reward.number, reward.bits, result.terminated,
            result.truncated, Timestamp.text(date), CanonicalBytes.bytes(result.observation),
            CanonicalBytes.bytes(info: result.info),
            CanonicalBytes.bytes(events: others),
        ])
        for event in result.events {
            try TaskEvent(event)?.insert(episode: id, step: step.index, db)
        }
    }

    private func number(_ episode: String) throws(EpisodeStoreError) -> Int64 {
        guard let id = Int64(episode) else { throw .noSuchEpisode(id: episode, path: path) }
        return id
    }

    /// One transaction. The caller's cancellation does not stop it: how an episode ends is recorded by tasks that are
    /// being cancelled.
    func write<Result: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws(EpisodeStoreError) -> Result {
        guard let writer else { throw .notWritable(path: path) }
        do {
            return try await withCheckedThrowingContinuation { continuation in
                writer.asyncWrite(body) { _, result in
                    self.logWatch.look()
                    continuation.resume(with: result)
                }
            }
        } catch {
            throw EpisodeStoreError(error, path: path, busySeconds: busySeconds)
        }
    }
}
