/// What the end of a call means for the attempt at a task. A platform's room says which of its answers means what.
///
/// A retry waits out its back-off in the queue and rejoins in the order of generation; the last allowed attempt fails the
/// task with the reason. Collisions, refusals and shortages are no attempts: the work was not begun. The worker that
/// refused is left alone for a while.
///
/// Reasons are kept and counted, so each kind of end has one text: no durations, names or addresses, which differ from
/// call to call. Those are in ``AttemptEnd/message``.
public enum AttemptOutcome: Sendable, Hashable {
    case done
    /// The worker was busy with another call: not an attempt, goes again soon.
    case collision
    /// The work was not begun, because the worker or what leads to it takes no calls now: not an attempt.
    case refused(String)
    /// This program could not make the call: not an attempt, and nobody else's failure.
    case shortage(String)
    case retry(String)
    case failed(String)
    /// The farm cannot go on like this; the message tells a person what to do.
    case fatal(reason: String, message: String)

    /// One word for the kind, as metrics have it.
    public var name: String {
        switch self {
        case .done: "done"
        case .collision: "collision"
        case .refused: "refused"
        case .shortage: "shortage"
        case .retry: "retry"
        case .failed: "failed"
        case .fatal: "fatal"
        }
    }

    /// All that ``name`` may be.
    public static let names = ["done", "collision", "refused", "shortage", "retry", "failed", "fatal"]
}
