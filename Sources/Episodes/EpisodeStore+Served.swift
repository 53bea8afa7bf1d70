import GRDB

/// A call of a steered function that has ended.
public struct ServedTask: Sendable, Hashable {
    public var function: String
    /// Unique among the calls of the function that came at the same time.
    public var id: String
    /// Seconds since 1970.
    public var arrived: Double
    /// From its coming until it was sent to the function, or was not; in seconds.
    public var waited: Double
    /// In the function, in seconds; nil: it was not sent.
    public var service: Double?
    /// What the caller was answered; nil: nothing.
    public var status: Int?
    /// In seconds from its coming.
    public var deadline: Double
    /// Whether it was answered well, and within the deadline.
    public var met: Bool
    /// How it ended, in a word: `answered`, `unanswered`, `late`, `full`, `gone`, `ended`.
    public var end: String

    public init(
        function: String, id: String, arrived: Double, waited: Double, service: Double?, status: Int?,
        deadline: Double, met: Bool, end: String = "answered"
    ) {
        (self.function, self.id, self.arrived, self.waited) = (function, id, arrived, waited)
        (self.service, self.status, self.deadline, self.met, self.end) = (service, status, deadline, met, end)
    }
}

extension EpisodeStore {
    /// Writes calls, all or none. Those that are there already are written over, so that the same batch may be tried again.
    ///
    /// - Throws: ``EpisodeStoreError``.
    public func insert(_ calls: [ServedTask]) async throws(EpisodeStoreError) {
        guard !calls.isEmpty else { return }
        try await write { db in
            let statement = try db.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO served (function, arrived, call_id, waited_s, service_s, status, deadline_s, met, ended)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """)
            for call in calls {
                try statement.execute(arguments: [
                    call.function, call.arrived, call.id, call.waited, call.service, call.status, call.deadline,
                    call.met, call.end,
                ])
            }
        }
    }

    /// Calls of a function that came in a stretch of time, in order of their coming; at most `limit`, after one that is known.
    ///
    /// - Throws: ``EpisodeStoreError``.
    public func served(
        of function: String, in time: Range<Double>, after last: ServedTask? = nil, limit: Int
    ) throws(EpisodeStoreError) -> [ServedTask] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM served
                    WHERE function = ?1 AND arrived >= ?2 AND arrived < ?3 AND (arrived, call_id) > (?4, ?5)
                    ORDER BY arrived, call_id LIMIT ?6
                    """,
                arguments: [
                    function, max(time.lowerBound, last?.arrived ?? -.infinity), time.upperBound,
                    last?.arrived ?? -.infinity, last?.id ?? "", limit,
                ]
            ).map { row in
                ServedTask(
                    function: row["function"], id: row["call_id"], arrived: row["arrived"], waited: row["waited_s"],
                    service: row["service_s"], status: row["status"], deadline: row["deadline_s"], met: row["met"],
                    end: row["ended"])
            }
        }
    }

    /// How many calls of a function came in a stretch of time.
    ///
    /// - Throws: ``EpisodeStoreError``.
    public func servedCount(of function: String, in time: Range<Double>) throws(EpisodeStoreError) -> Int {
        try read { db in
            try Int.fetchOne(
                db, sql: "SELECT count(*) FROM served WHERE function = ? AND arrived >= ? AND arrived < ?",
                arguments: [function, time.lowerBound, time.upperBound]) ?? 0
        }
    }

    /// Rows that a transaction deletes: more would keep decisions waiting.
    private static let mostAtOnce = 5_000

    /// Deletes decisions and calls from before a time, seconds since 1970. What the next decision goes on from stays.
    ///
    /// - Returns: how many are gone.
    /// - Throws: ``EpisodeStoreError``; what was deleted until then is gone.
    public func removeSteering(before time: Double) async throws(EpisodeStoreError) -> (decisions: Int, served: Int) {
        let decisions = try await remove(
            """
            DELETE FROM decisions WHERE (function, number) IN (SELECT function, number FROM decisions WHERE time < ? LIMIT ?)
            """, before: time)
        let served = try await remove(
            """
            DELETE FROM served WHERE (function, arrived, call_id) IN
                (SELECT function, arrived, call_id FROM served WHERE arrived < ? LIMIT ?)
            """, before: time)
        try await write { db in
            try db.execute(
                sql: """
                    DELETE FROM steering_settings WHERE id NOT IN
                        (SELECT settings_id FROM decisions WHERE settings_id IS NOT NULL)
                        AND id NOT IN (SELECT max(id) FROM steering_settings GROUP BY function)
                    """)
        }
        return (decisions, served)
    }

    private func remove(_ sql: String, before time: Double) async throws(EpisodeStoreError) -> Int {
        var gone = 0
        while true {
            let count = try await write { db in
                try db.execute(sql: sql, arguments: [time, EpisodeStore.mostAtOnce])
                return db.changesCount
            }
            gone += count
            if count == 0 { return gone }
        }
    }
}
