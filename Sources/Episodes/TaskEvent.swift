import GRDB
import Gymnasium

/// The event of a step that tells what became of a task: a dict of kind "task".
struct TaskEvent {
    private let id: DatabaseValue
    private let event: Value

    /// Whether `event` goes into the table of tasks.
    static func describes(_ event: Value) -> Bool { TaskEvent(event) != nil }

    /// - Returns: nil for an event of another kind, or of a task without an id.
    init?(_ event: Value) {
        guard event["kind"]?.string == "task" else { return nil }
        switch event["id"] {
        case .text(let text): id = text.databaseValue
        case let value?:
            guard let number = value.int else { return nil }
            id = number.databaseValue
        case nil: return nil
        }
        self.event = event
    }

    /// Writes the task's row. What the event does not say is NULL; a task that was told of before is replaced.
    func insert(episode: Int64, step: Int, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO tasks (episode_id, task_id, step_index, generated_s, deadline_s, first_started_s,
                    ended_s, attempts, outcome, reason, on_time, service_s, worker)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            episode, id, step, number("generated_s"), number("deadline_s"), number("first_started_s"),
            number("ended_s"),
            event["attempts"]?.int, outcome, text("reason"), onTime, number("service_s"), text("worker"),
        ])
    }

    private var outcome: String? {
        event["outcome"]?.string.flatMap(RecordedTask.Outcome.init(rawValue:))?.rawValue
    }

    private var onTime: Bool? {
        guard case .boolean(let value) = event["on_time"] else { return nil }
        return value
    }

    private func number(_ key: String) -> Double? {
        event[key]?.double.flatMap { $0.isFinite ? $0 : nil }
    }

    /// Empty is as good as not given.
    private func text(_ key: String) -> String? {
        switch event[key] {
        case .text(let text): text.isEmpty ? nil : text
        case let value?: value.int.map(String.init)
        case nil: nil
        }
    }
}
