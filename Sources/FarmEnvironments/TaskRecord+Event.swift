import Farm
import Gymnasium

extension TaskRecord {
    /// What a recording keeps of a task: a dict of kind `task`, times in scenario seconds, without what is not known.
    var event: Value {
        var entries: [String: Value] = [
            "kind": "task", "id": .text(task.id), "generated_s": .number(task.generatedAt),
            "deadline_s": .number(task.deadlineAt), "attempts": .integer(Int64(attempts)),
            "outcome": .text(outcome.rawValue),
            "on_time": .boolean(isOnTime),
        ]
        entries["first_started_s"] = firstStartedAt.map(Value.number)
        entries["ended_s"] = endedAt.map(Value.number)
        entries["reason"] = reason.map(Value.text)
        entries["service_s"] = serviceSeconds.map(Value.number)
        entries["worker"] = worker.map(Value.text)
        return .dictionary(entries)
    }
}
