import Foundation
import GRDB
import Gymnasium
import Randomness

extension EpisodeStore {
    /// Deletes episodes with their steps and tasks. Those that a live process writes are left alone.
    ///
    /// - Returns: the ids that are gone.
    /// - Throws: ``EpisodeStoreError``; nothing was deleted then.
    public func remove(_ ids: [Int64]) throws(EpisodeStoreError) -> [Int64] {
        let summaries = try list()
        let running = Set(summaries.filter { $0.status == .running }.map(\.id))
        let known = Set(summaries.map(\.id))
        let gone = ids.filter { known.contains($0) && !running.contains($0) }
        try writing { db in
            for id in gone { try db.execute(sql: "DELETE FROM episodes WHERE id = ?", arguments: [id]) }
        }
        return gone
    }

    /// Gives the room of deleted episodes back to the system.
    ///
    /// - Throws: ``EpisodeStoreError``, as while another program writes.
    public func compact() throws(EpisodeStoreError) {
        guard let writer else { throw .notWritable(path: path) }
        do {
            try writer.vacuum()
        } catch {
            throw EpisodeStoreError(error, path: path, busySeconds: busySeconds)
        }
    }

    /// Copies the episodes of `other` that are not here yet, each in a transaction of its own, under new ids.
    ///
    /// Episodes that a live process still writes are left out. What a dead one left running comes as partial.
    ///
    /// - Returns: how many came, and how many were here already.
    /// - Throws: ``EpisodeStoreError``; what came until then is here.
    public func merge(_ other: EpisodeStore) throws(EpisodeStoreError) -> (copied: Int, known: Int) {
        var (copied, known) = (0, 0)
        for summary in try other.list().reversed() where summary.status != .running {
            let parts = try other.read { db in try EpisodeCopy(summary, db) }
            let isNew = try writing { db in try parts.insert(db, id: self.takeNumber(db)) }
            if isNew { copied += 1 } else { known += 1 }
        }
        return (copied, known)
    }

    private func writing<Result>(_ body: (Database) throws -> Result) throws(EpisodeStoreError) -> Result {
        guard let writer else { throw .notWritable(path: path) }
        do {
            return try writer.write(body)
        } catch {
            throw EpisodeStoreError(error, path: path, busySeconds: busySeconds)
        }
    }
}

/// All rows of one episode, on their way from one file to another.
private struct EpisodeCopy {
    private let setup: Row
    private let episode: Row
    private let parts: [(table: String, rows: [Row])]
    private let summary: EpisodeSummary

    init(_ summary: EpisodeSummary, _ db: Database) throws {
        self.summary = summary
        guard
            let episode = try Row.fetchOne(db, sql: "SELECT * FROM episodes WHERE id = ?", arguments: [summary.id]),
            let setup = try Row.fetchOne(
                db, sql: "SELECT * FROM setups WHERE id = ?", arguments: [episode["setup_id"] as Int64])
        else { throw UnreadableRow(description: "episode \(summary.id) has no setup") }
        self.setup = setup
        self.episode = episode
        parts = try ["steps", "step_blocks", "tasks"].map { table in
            (
                table,
                try Row.fetchAll(db, sql: "SELECT * FROM \(table) WHERE episode_id = ?", arguments: [summary.id])
            )
        }
    }

    /// - Returns: whether the episode was not there yet.
    func insert(_ db: Database, id: Int64?) throws -> Bool {
        let same = try Int.fetchOne(
            db,
            sql: """
                SELECT count(*) FROM episodes
                WHERE started_at = ? AND seed = ? AND writer_pid = ? AND writer_started = ? AND observation = ?
                    AND length IS ?
                """,
            arguments: [
                episode["started_at"], episode["seed"], episode["writer_pid"], episode["writer_started"],
                episode["observation"], summary.length,
            ])
        guard same == 0 else { return false }
        let setupID = try EpisodeSetup.id(of: EpisodeSetup.columns.map { setup[$0] as DatabaseValue }, db)
        let replaced: [String: DatabaseValue] = [
            "id": id.databaseValue, "setup_id": setupID.databaseValue, "length": summary.length.databaseValue,
            "status": summary.status.rawValue.databaseValue,
            "return": (summary.totalReward.isNaN ? nil : summary.totalReward).databaseValue,
        ]
        let newID = try EpisodeCopy.insert("episodes", episode, replacing: replaced, db)
        for (table, rows) in parts {
            for row in rows {
                _ = try EpisodeCopy.insert(table, row, replacing: ["episode_id": newID.databaseValue], db)
            }
        }
        return true
    }

    private static func insert(
        _ table: String, _ row: Row, replacing: [String: DatabaseValue], _ db: Database
    ) throws -> Int64 {
        let names = Array(row.columnNames)
        return try db.insert(table, names, names.map { replacing[$0] ?? row[$0] as DatabaseValue })
    }
}
