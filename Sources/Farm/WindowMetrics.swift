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

    public var stages: PerStage<StageMetrics>
    /// Of the tasks done in the window, from generation; nil when none was.
    public var responseTimeMean: Double?
    public var responseTimeMax: Double?
    /// Tasks decided in the window: done in time, or missed (deadline passed, or failed).
    public var met = 0
    public var missed = 0
    /// Lateness of the tasks that were done late, summed.
    public var lateSeconds = 0.0

    /// Age of the worker counts; above a second they are stale.
    public var readyAge = 0.0
    public var isStale = false
    /// What nobody could tell; it is 0 above. A farm's own metrics lack nothing.
    public var absences: MetricAbsences = []
    /// What nobody could tell either, and what was therefore estimated from the rest.
    public var estimates: MetricAbsences = []
    /// What the farm has to say to people, once each.
    public var notes: [String] = []

    public var totals = TaskTotals()
    /// Phases that have not begun.
    public var phasesToCome = 0

    public init(stages count: Int = 1) {
        stages = PerStage(StageMetrics(), Array(repeating: StageMetrics(), count: max(count - 1, 0)))
    }

    /// Share of the decided tasks that met their deadline; 1 when none was decided.
    public var qos: Double { met + missed == 0 ? 1 : Double(met) / Double(met + missed) }
}

// Of the whole farm: sums over its stages, and what comes in at the first and goes out at the last.
extension WindowMetrics {
    public var queueLength: Int { stages.sum { $0.queueLength } }
    public var oldestAge: Double { stages.rest.reduce(stages.first.oldestAge) { max($0, $1.oldestAge) } }
    public var running: Int { stages.sum { $0.running } }
    public var ready: Int { stages.sum { $0.workers.ready } }
    public var starting: Int { stages.sum { $0.workers.starting } }
    public var draining: Int { stages.sum { $0.workers.draining } }
    public var desired: Int { stages.sum { $0.workers.desired } }
    /// Workers by which what was asked for was changed at the window's beginning, more and fewer alike.
    public var changes: UInt { stages.sum { $0.workers.appliedDelta.magnitude } }
    public var arrivals: Int { stages.first.arrivals }
    public var arrivalRate: Double { stages.first.arrivalRate }
    public var completions: Int { (stages.rest.last ?? stages.first).completions }
    public var failures: Int { stages.sum { $0.failures } }
    public var paidWorkerSeconds: Double { stages.sum { $0.paidWorkerSeconds } }
    public var readyWorkerSeconds: Double { stages.sum { $0.readyWorkerSeconds } }
    /// Workers asked for, one number a stage.
    public var staffing: Staffing { stages.map(\.workers.desired) }

    /// The same window with one of the stages only, as if that were all of the farm.
    public func narrowed(to stage: Int) -> WindowMetrics {
        var window = self
        if !stages.rest.isEmpty { window.stages = PerStage(stages[stage]) }
        return window
    }
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

    /// Of the tasks decided so far; the undecided of an episode that goes on are not missed yet.
    public var decidedQoS: Double { met + missed == 0 ? 1 : Double(met) / (Double(met) + Double(missed)) }

    /// QoS of the episode: over all emitted tasks, the undecided counted as missed; 1 when none was emitted.
    public var qos: Double { emitted == 0 ? 1 : Double(met) / Double(emitted) }
}
