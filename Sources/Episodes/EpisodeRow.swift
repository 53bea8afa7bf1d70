import Foundation
import GRDB
import Gymnasium
import Randomness

/// A row of the table of episodes, to be written.
struct EpisodeRow {
    /// nil: the next one.
    var id: Int64?
    var setup: Int64
    var seed: Seed
    var resets = 0
    var startedAt: Date
    var observation: Data
    var info: Data
    var actionMask: Data?
    /// What the reset was given.
    var options: [Value.Entry] = []
    var ending: Ending?

    /// How an episode ended.
    struct Ending {
        var status: EpisodeStatus
        var totalReward: Double
        var length: Int
        /// Of a farm's episode that ended, 0 to 1.
        var qos: Double?
        /// nil: nobody saw it.
        var at: Date?
    }

    /// - Returns: the episode's id.
    func insert(_ db: Database) throws -> Int64 {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO episodes (id, setup_id, status, seed, resets, return, length, started_at, ended_at, writer_pid,
                    writer_started, observation, info, action_mask, options, qos)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            id, setup, (ending?.status ?? .running).rawValue, seed.description, resets, ending?.returned,
            ending?.length, Timestamp.text(startedAt), ending?.at.map(Timestamp.text), ProcessIdentity.current.pid,
            ProcessIdentity.current.started, observation, info, actionMask,
            CanonicalBytes.bytes(arguments: options), ending?.qos,
        ])
        return db.lastInsertedRowID
    }
}

extension EpisodeRow.Ending {
    /// What SQLite's REAL keeps.
    var returned: Double? { totalReward.isNaN ? nil : totalReward }

    /// Writes how the episode `id` ended.
    func update(_ id: Int64, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "UPDATE episodes SET status = ?, return = ?, length = ?, ended_at = ?, qos = ? WHERE id = ?")
        try statement.execute(arguments: [status.rawValue, returned, length, at.map(Timestamp.text), qos, id])
    }
}

extension [Value.Entry] {
    /// The QoS of the episode, in the info of its last step; nil where it has none.
    var resultQoS: Double? { self["result"]?["qos"]?.double.flatMap { $0.isFinite ? $0 : nil } }
}
