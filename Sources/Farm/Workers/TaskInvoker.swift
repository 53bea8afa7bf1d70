/// Makes the calls of one farm's attempts: one of the two things that a farm needs of a platform. The other is a ``WorkerScaler``.
///
/// For each attempt there are ``begin(_:)``, ``perform(_:)`` and ``end(_:)``, in this order. The farm makes the first and
/// the last one at a time, and any number of calls beside each other. An invoker that makes its calls at once has no state:
///
///     struct Direct: TaskInvoker {
///         func perform(_ attempt: TaskAttempt) async -> AttemptEnd {
///             let status = await post(attempt.call.body, to: attempt.worker)
///             return AttemptEnd(status == 200 ? .done : .retry("status \(status)"), .taken)
///         }
///     }
public protocol TaskInvoker: Sendable {
    /// Whether another attempt may begin.
    var hasRoom: Bool { get }

    /// An attempt begins.
    ///
    /// - Returns: the attempts that have their workers from now on, this one as a rule. One that is not among them waits
    ///   elsewhere, until a later beginning or end returns it.
    func begin(_ attempt: TaskAttempt) -> [TaskAttempt]

    /// Makes the call and waits for its end, which comes soon once the calling task is cancelled.
    func perform(_ attempt: TaskAttempt) async -> AttemptEnd

    /// An attempt has ended.
    func end(_ attempt: TaskAttempt, _ end: AttemptEnd) -> AttemptLeave

    /// The farm's calls of the last episode say nothing any more.
    func beginEpisode()

    /// What there is to say at the end of a window.
    func news() -> [FarmNote]

    /// Does what goes on beside the calls, and tells the farm what comes of it, until it is cancelled.
    func run(_ report: @escaping @Sendable (InvokerReport) async -> Void) async

    /// What is short when so many calls are to run at a time; nil when nothing is.
    func shortage(of calls: Int) -> String?
}

/// What an attempt's end means for those that wait.
public struct AttemptLeave: Sendable {
    /// Whether the attempt still waited for its worker.
    public var hasWaited = false
    /// Attempts that have their workers from now on.
    public var started: [TaskAttempt] = []
    public var notes: [FarmNote] = []

    public init() {}
}

/// What an invoker tells beside the ends of calls.
public enum InvokerReport: Sendable {
    /// A further end of an attempt, or one that comes after it was given up. Its notes are said if it counts.
    case late(AttemptEnd, of: TaskAttempt)
    case note(FarmNote)
    /// The farm cannot go on, for this reason.
    case broken(String)
}

extension TaskInvoker {
    public var hasRoom: Bool { true }
    public func begin(_ attempt: TaskAttempt) -> [TaskAttempt] { [attempt] }
    public func end(_ attempt: TaskAttempt, _ end: AttemptEnd) -> AttemptLeave { AttemptLeave() }
    public func beginEpisode() {}
    public func news() -> [FarmNote] { [] }
    public func run(_ report: @escaping @Sendable (InvokerReport) async -> Void) async {}
    public func shortage(of calls: Int) -> String? { nil }
}
