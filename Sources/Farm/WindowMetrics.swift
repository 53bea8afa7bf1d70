/// What is known of a farm at the end of a window. Times are scenario seconds, rates tasks a second.
public struct WindowMetrics: Sendable, Hashable {
    /// Since the episode began.
    public var time = 0.0
    /// The window's real length; 0 at reset.
    public var windowSeconds = 0.0
    /// Windows that ended before this one.
    public var step = 0
    /// The step ended later than its grid point, because scaling was waited for.
    public var isOverrun = false

    public var queueLength = 0
    /// Age of the oldest waiting task, 0 when none waits.
    public var oldestAge = 0.0
    public var running = 0
    /// Results that wait for the collector; they are among the ``running``.
    public var collecting = 0
    public var ready = 0
    public var starting = 0
    /// On a live farm an estimate: what runs beyond the ready workers.
    public var draining = 0
    public var desired = 0
    /// Workers that the platform keeps, whatever is asked for, as where each function has one replica at least; 0: it keeps none.
    public var platformFloor = 0
    /// Change of `desired` at the window's beginning, after bounds.
    public var appliedDelta = 0
    /// What the policy asked for before bounds.
    public var requestedDelta = 0

    public var arrivals = 0
    public var arrivalRate = 0.0
    /// Over the window's last third.
    public var recentArrivalRate = 0.0
    /// Of the attempts that ended in the window; nil when none did.
    public var serviceTimeMean: Double?
    public var serviceTimeP95: Double?
    /// Of the tasks done in the window, from generation; nil when none was.
    public var responseTimeMean: Double?
    public var responseTimeMax: Double?

    public var completions = 0
    public var failures = 0
    /// Tasks decided in the window: done in time, or missed (deadline passed, or failed).
    public var met = 0
    public var missed = 0
    /// Lateness of the tasks that were done late, summed.
    public var lateSeconds = 0.0
    /// Busy share of the ready and draining workers' time.
    public var utilisation = 0.0
    /// ∫ (starting + ready + draining) dt over the window: the cost.
    public var paidWorkerSeconds = 0.0
    /// ∫ ready dt over the window.
    public var readyWorkerSeconds = 0.0

    /// Workers that began to start in the window; with scaling per request, its cold starts.
    public var starts = 0
    public var retries = 0
    /// Calls that met a full worker and went again without counting as an attempt.
    public var collisions = 0
    /// Calls that a function, or what leads to it, did not take; they went again without counting as attempts.
    public var refusals = 0
    /// Second answers for a task, dropped.
    public var duplicates = 0
    /// Time an attempt took beyond its work, mean of the window; nil when unknown.
    public var overheadMean: Double?

    /// Age of the worker counts; above a second they are stale.
    public var readyAge = 0.0
    public var isStale = false
    /// What the farm has to say to people, once each.
    public var notes: [String] = []

    public var totals = TaskTotals()
    /// Phases that have not begun.
    public var phasesToCome = 0

    public init() {}

    /// Share of the decided tasks that met their deadline; 1 when none was decided.
    public var qos: Double { met + missed == 0 ? 1 : Double(met) / Double(met + missed) }
}

/// Tasks of an episode so far. Always `emitted = queued + running + done + failed`.
public struct TaskTotals: Sendable, Hashable {
    public var emitted = 0
    public var queued = 0
    public var running = 0
    public var done = 0
    public var failed = 0
    public var met = 0
    public var missed = 0
    /// Failed tasks by reason.
    public var failureReasons: [String: Int] = [:]

    public init() {}

    public var isConserved: Bool {
        emitted == queued + running + done + failed && failed == failureReasons.values.reduce(0, +)
    }

    /// QoS of the episode: over all emitted tasks, the undecided counted as missed; 1 when none was emitted.
    public var qos: Double { emitted == 0 ? 1 : Double(met) / Double(emitted) }
}
