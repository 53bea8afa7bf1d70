public import Foundation
import GRDB

/// A decision of a steered function as it is in the file. What it means is known to those who write it.
public struct DecisionRow: Sendable, Hashable {
    public var function: String
    /// Of the function, from 1, without a gap.
    public var number: Int
    /// Seconds since 1970.
    public var time: Double
    public var mode: String
    public var policy: String
    public var recommended: Int?
    public var asked: Int
    /// JSON.
    public var decision: Data
    /// JSON; nil: not known.
    public var outcome: Data?
    /// Of ``SettingsRow``; nil: nobody said.
    public var settings: Int64?

    public init(
        function: String, number: Int, time: Double, mode: String, policy: String, recommended: Int?, asked: Int,
        decision: Data, outcome: Data? = nil, settings: Int64? = nil
    ) {
        (self.function, self.number, self.time, self.mode, self.policy) = (function, number, time, mode, policy)
        (self.recommended, self.asked, self.decision) = (recommended, asked, decision)
        (self.outcome, self.settings) = (outcome, settings)
    }
}

/// How a function was steered, from some time on.
public struct SettingsRow: Sendable, Hashable {
    public let id: Int64
    public let function: String
    /// Seconds since 1970.
    public let since: Double
    /// JSON.
    public let settings: Data
    public let programVersion: String
}

/// What there is of a function's steering in a file.
public struct SteeredFunction: Sendable, Hashable {
    public let function: String
    public let decisions: Int
    /// Of the first and the last decision, seconds since 1970; nil without any.
    public let decidedAt: ClosedRange<Double>?
    public let served: Int
    /// Of the first and the last call, seconds since 1970; nil without any.
    public let arrivedAt: ClosedRange<Double>?
}

extension EpisodeStore {
    /// Writes a decision and what the next one goes on from, both or neither. They are committed when this returns; of a durable
    /// store, on the disk.
    ///
    /// - Parameter memory: JSON.
    /// - Throws: ``EpisodeStoreError``; nothing was written then.
    public func insert(_ row: DecisionRow, memory: Data) async throws(EpisodeStoreError) {
        try await write { db in
            try db.execute(
                sql: """
                    INSERT INTO decisions (function, number, time, settings_id, mode, policy, recommended, asked, decision, outcome)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    row.function, row.number, row.time, row.settings, row.mode, row.policy, row.recommended, row.asked,
                    EpisodeStore.text(row.decision), row.outcome.map(EpisodeStore.text),
                ])
            try db.execute(
                sql: "INSERT OR REPLACE INTO steering_memory (function, number, memory) VALUES (?, ?, ?)",
                arguments: [row.function, row.number, EpisodeStore.text(memory)])
        }
    }

    /// Writes what came of a decision.
    ///
    /// - Throws: ``EpisodeStoreError``.
    public func setOutcome(_ outcome: Data, of number: Int, _ function: String) async throws(EpisodeStoreError) {
        try await write { db in
            try db.execute(
                sql: "UPDATE decisions SET outcome = ? WHERE function = ? AND number = ?",
                arguments: [EpisodeStore.text(outcome), function, number])
        }
    }

    /// The id of a function's present settings; a new row where they are other than the last ones.
    ///
    /// - Throws: ``EpisodeStoreError``.
    public func settingsID(
        of function: String, _ settings: Data, since: Double
    ) async throws(EpisodeStoreError) -> Int64 {
        let (text, version) = (EpisodeStore.text(settings), programVersion)
        return try await write { db in
            let last = try Row.fetchOne(
                db,
                sql: """
                    SELECT id, settings, program_version FROM steering_settings WHERE function = ? ORDER BY id DESC LIMIT 1
                    """, arguments: [function])
            if let last, last["settings"] as String == text, last["program_version"] as String == version {
                return last["id"]
            }
            try db.execute(
                sql: """
                    INSERT INTO steering_settings (function, since, settings, program_version) VALUES (?, ?, ?, ?)
                    """, arguments: [function, since, text, version])
            return db.lastInsertedRowID
        }
    }

    /// What was written with the last decision of a function; nil: it has none.
    ///
    /// - Throws: ``EpisodeStoreError``.
    public func memory(of function: String) throws(EpisodeStoreError) -> (number: Int, memory: Data)? {
        try read { db in
            try Row.fetchOne(
                db, sql: "SELECT number, memory FROM steering_memory WHERE function = ?", arguments: [function]
            ).map { row in (row["number"], Data((row["memory"] as String).utf8)) }
        }
    }

    /// Decisions of a function in order, at most `limit`: those of a stretch of time that come after a number.
    ///
    /// - Throws: ``EpisodeStoreError``.
    public func decisions(
        of function: String, in time: Range<Double> = -.infinity..<(.infinity), after number: Int = 0, limit: Int
    ) throws(EpisodeStoreError) -> [DecisionRow] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM decisions WHERE function = ? AND number > ? AND time >= ? AND time < ?
                    ORDER BY number LIMIT ?
                    """, arguments: [function, number, time.lowerBound, time.upperBound, limit]
            ).map { row in
                DecisionRow(
                    function: row["function"], number: row["number"], time: row["time"], mode: row["mode"],
                    policy: row["policy"], recommended: row["recommended"], asked: row["asked"],
                    decision: Data((row["decision"] as String).utf8),
                    outcome: (row["outcome"] as String?).map { Data($0.utf8) }, settings: row["settings_id"])
            }
        }
    }

    /// - Throws: ``EpisodeStoreError``.
    public func settings(_ id: Int64) throws(EpisodeStoreError) -> SettingsRow? {
        try read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM steering_settings WHERE id = ?", arguments: [id]).map { row in
                SettingsRow(
                    id: row["id"], function: row["function"], since: row["since"],
                    settings: Data((row["settings"] as String).utf8), programVersion: row["program_version"])
            }
        }
    }

    /// The steered functions of a file, by name.
    ///
    /// - Throws: ``EpisodeStoreError``.
    public func steeredFunctions() throws(EpisodeStoreError) -> [SteeredFunction] {
        try read { db in
            let decisions = try EpisodeStore.spans(
                "SELECT function, count(*) AS count, min(time) AS first, max(time) AS last FROM decisions GROUP BY function",
                db)
            let served = try EpisodeStore.spans(
                "SELECT function, count(*) AS count, min(arrived) AS first, max(arrived) AS last FROM served GROUP BY function",
                db)
            return Set(decisions.keys).union(served.keys).sorted().map { function in
                SteeredFunction(
                    function: function, decisions: decisions[function]?.count ?? 0,
                    decidedAt: decisions[function]?.span, served: served[function]?.count ?? 0,
                    arrivedAt: served[function]?.span)
            }
        }
    }

    private static func spans(
        _ sql: String, _ db: Database
    ) throws -> [String: (count: Int, span: ClosedRange<Double>)] {
        var spans: [String: (Int, ClosedRange<Double>)] = [:]
        for row in try Row.fetchAll(db, sql: sql) {
            let (first, last): (Double, Double) = (row["first"], row["last"])
            spans[row["function"]] = (row["count"], first...max(first, last))
        }
        return spans
    }

    static func text(_ json: Data) -> String { String(decoding: json, as: UTF8.self) }
}
