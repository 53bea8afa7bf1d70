/// What is known of a stage of a farm at the end of a window. Times are scenario seconds, rates tasks a second.
public struct StageMetrics: Sendable, Hashable {
    /// Tasks that wait for a worker.
    public var queueLength = 0
    /// Age of the oldest waiting task, 0 when none waits.
    public var oldestAge = 0.0
    public var running = 0
    /// Results that wait for the collector; they are among the ``running``.
    public var collecting = 0
    public var workers = WorkerCounts()

    /// Tasks that came to the stage in the window.
    public var arrivals = 0
    public var arrivalRate = 0.0
    /// Over the window's last third.
    public var recentArrivalRate = 0.0
    /// Of the attempts that ended in the window; nil when none did.
    public var serviceTimeMean: Double?
    public var serviceTimeP95: Double?
    /// Time an attempt took beyond its work, mean of the window; nil when unknown.
    public var overheadMean: Double?
    /// Tasks that the stage was done with in the window, and those that failed in it.
    public var completions = 0
    public var failures = 0
    public var calls = CallCounts()

    /// Busy share of the ready and draining workers' time.
    public var utilisation = 0.0
    /// ∫ (starting + ready + draining) dt over the window: the cost.
    public var paidWorkerSeconds = 0.0
    /// ∫ ready dt over the window.
    public var readyWorkerSeconds = 0.0

    public init() {}
}

/// The workers of a stage at a window's end, and what was asked for at its beginning.
public struct WorkerCounts: Sendable, Hashable {
    public var ready = 0
    public var starting = 0
    /// On a live farm an estimate: what runs beyond the ready workers.
    public var draining = 0
    /// Asked for.
    public var desired = 0
    /// Workers that the platform keeps, whatever is asked for, as where each function has one replica at least; 0: it keeps none.
    public var floor = 0
    /// Change of ``desired`` at the window's beginning, after bounds.
    public var appliedDelta = 0
    /// What the policy asked for before bounds.
    public var requestedDelta = 0
    /// Workers that began to start in the window; with scaling per request, its cold starts.
    public var starts = 0

    public init() {}

    /// Those that are paid for.
    public var paid: Int { starting &+ ready &+ draining }
}

/// Calls that a task needed beyond its first, and what became of them.
public struct CallCounts: Sendable, Hashable {
    public var retries = 0
    /// Calls that met a full worker and went again without counting as an attempt.
    public var collisions = 0
    /// Calls that a function, or what leads to it, did not take; they went again without counting as attempts.
    public var refusals = 0
    /// Second answers for a task, dropped.
    public var duplicates = 0

    public init() {}

    public static func += (sum: inout CallCounts, counts: CallCounts) {
        sum.retries += counts.retries
        sum.collisions += counts.collisions
        sum.refusals += counts.refusals
        sum.duplicates += counts.duplicates
    }
}
