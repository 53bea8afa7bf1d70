/// How the tasks of an episode ended, counted.
///
/// `emitted = done + failed + unfinished` in every episode that was recorded to its end. Of a running or partial one, the
/// tasks are counted whose end was told of.
public struct TaskAccount: Sendable, Hashable {
    public let emitted: Int
    public let done: Int
    public let failed: Int
    /// Still queued or running at the episode's end.
    public let unfinished: Int
    /// Done before their deadline.
    public let onTime: Int
    /// Failed and unfinished tasks by the reason given, "no reason given" where none was; most frequent first.
    public let reasons: [Reason]

    /// So many tasks had this outcome for this reason.
    public struct Reason: Sendable, Hashable {
        public let outcome: RecordedTask.Outcome
        public let reason: String
        public let count: Int
    }

    /// The share of the emitted tasks that were done on time, the unfinished counted as missed; 1 without tasks.
    public var qos: Double {
        emitted == 0 ? 1 : Double(onTime) / Double(emitted)
    }
}
