import GRDB

extension EpisodeStore {
    /// The tasks whose end the episode tells of, in the order of generation.
    ///
    /// - Throws: ``EpisodeStoreError``.
    public func tasks(of id: Int64) throws(EpisodeStoreError) -> [RecordedTask] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM tasks WHERE episode_id = ? ORDER BY generated_s, task_id", arguments: [id]
            ).map(EpisodeStore.task)
        }
    }

    /// How the episode's tasks ended, counted.
    ///
    /// - Throws: ``EpisodeStoreError``.
    public func taskAccount(of id: Int64) throws(EpisodeStoreError) -> TaskAccount {
        try read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT outcome, coalesce(reason, 'no reason given') AS reason, count(*) AS count,
                        total(outcome = 'done' AND on_time = 1) AS on_time
                    FROM tasks WHERE episode_id = ? GROUP BY outcome, reason ORDER BY count DESC, outcome, reason
                    """,
                arguments: [id])
            var counts: [RecordedTask.Outcome: Int] = [:]
            var (emitted, onTime) = (0, 0)
            var reasons: [TaskAccount.Reason] = []
            for row in rows {
                let count: Int = row["count"]
                emitted += count
                onTime += Int(row["on_time"] as Double)
                // A task of an outcome this version does not know has not been done.
                let outcome = (row["outcome"] as String?).flatMap(RecordedTask.Outcome.init(rawValue:)) ?? .unfinished
                counts[outcome, default: 0] += count
                guard outcome != .done else { continue }
                reasons.append(TaskAccount.Reason(outcome: outcome, reason: row["reason"], count: count))
            }
            return TaskAccount(
                emitted: emitted, done: counts[.done] ?? 0, failed: counts[.failed] ?? 0,
                unfinished: counts[.unfinished] ?? 0,
                onTime: onTime, reasons: reasons)
        }
    }

    private static func task(_ row: Row) -> RecordedTask {
        let id: DatabaseValue = row["task_id"]
        return RecordedTask(
            id: String.fromDatabaseValue(id) ?? Int64.fromDatabaseValue(id).map(String.init) ?? "",
            stepIndex: row["step_index"], generated: row["generated_s"], deadline: row["deadline_s"],
            firstStarted: row["first_started_s"],
            ended: row["ended_s"], attempts: row["attempts"],
            outcome: (row["outcome"] as String?).flatMap(RecordedTask.Outcome.init(rawValue:)), reason: row["reason"],
            onTime: row["on_time"], service: row["service_s"], worker: row["worker"])
    }
}
