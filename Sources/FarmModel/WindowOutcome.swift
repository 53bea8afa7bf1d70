/// What came of one window of a modelled stage.
public struct WindowOutcome: Sendable, Hashable {
    /// The window's length in seconds.
    public var seconds = 0.0
    /// Tasks that arrived in the window.
    public var arrivals = 0
    /// Tasks whose deadline was met or passed in the window, each counted once.
    public var met = 0
    public var missed = 0
    /// Tasks that were done in the window, in time or late.
    public var completions = 0
    /// Worker-seconds that are paid for: of workers that start, wait, run, or drain.
    public var paidWorkerSeconds = 0.0
    /// Of them, those of workers that could take a task, now or after their present one.
    public var readyWorkerSeconds = 0.0
    /// Of them, those of ready workers and of workers that finish a last task.
    public var ableWorkerSeconds = 0.0
    /// Of them, those in which workers worked.
    public var busySeconds = 0.0
    /// Of the tasks that were done in the window: their service times, and their times from arrival to end.
    public var serviceSeconds = 0.0
    public var responseSeconds = 0.0
    /// Tasks that wait at the window's end.
    public var waiting = 0
    /// Age of the oldest of them in seconds, 0 when none waits.
    public var oldestWait = 0.0

    public init() {}

    /// What the window costs where a missed task costs `miss` and a paid worker-second `worker`.
    public func cost(miss: Double, worker: Double) -> Double {
        Double(missed) * miss + paidWorkerSeconds * worker
    }
}
