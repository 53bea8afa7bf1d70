/// What came of one window of a modelled farm of one stage.
public struct WindowOutcome: Sendable, Hashable {
    /// Tasks that arrived in the window.
    public var arrivals = 0
    /// Tasks whose deadline was met or passed in the window, each counted once.
    public var met = 0
    public var missed = 0
    /// Worker-seconds that are paid for: of workers that start, wait, run, or drain.
    public var paidWorkerSeconds = 0.0
    /// Tasks that wait at the window's end.
    public var waiting = 0

    public init() {}

    /// What the window costs where a missed task costs `miss` and a paid worker-second `worker`.
    public func cost(miss: Double, worker: Double) -> Double {
        Double(missed) * miss + paidWorkerSeconds * worker
    }
}
