public import CoreMetrics
import Metrics
import Numbers
import OpenFaaS
import Synchronization

/// What the live farms of a program count for whoever runs it, through swift-metrics.
public final class FarmMeter: Sendable {
    /// What became of a task, a call of a function or a change of the workers.
    enum Event: Sendable {
        case emitted, done, failed, duplicate
        /// A call that the queue accepted, and whose callback did not come in its time.
        case lostCallback
        case change(isRefused: Bool)
    }

    /// A farm's present state.
    struct Reading: Sendable {
        var queued = 0
        var running = 0
        var desired = 0
        var ready = 0
        var starting = 0
        var draining = 0
        /// Real seconds since the workers were last looked at.
        var readyAge = 0.0
    }

    private struct State {
        var farms: [Int: @Sendable () async -> Reading?] = [:]
        var last = 0
    }

    private let state = Mutex(State())
    private let emitted, done, failed, duplicate, lostCallbacks, changed, refused: Counter
    private let calls: [String: Counter]
    private let callTimer: Timer
    private let lateness: Timer
    private let farms, queued, running, desired, ready, starting, draining, age: Meter

    /// What the metrics mean, by name.
    public static let help = [
        "faasfarm_farms": "Live farms that are open.",
        "faasfarm_tasks_total": "Tasks by what became of them; duplicates are results that were dropped.",
        "faasfarm_tasks": "Tasks that have not ended.",
        "faasfarm_workers": "Workers; starting, ready and draining ones are paid for.",
        "faasfarm_workers_age_seconds": "Since the workers were last looked at, of the oldest sight.",
        "faasfarm_calls_total": "Calls of functions by outcome.",
        "faasfarm_call_seconds": "How long answered calls of functions took.",
        "faasfarm_lost_callbacks_total": "Calls that the queue accepted and whose callbacks did not come in time.",
        "faasfarm_stray_callbacks_total": "Requests to the callbacks' listener that were no callback of a call.",
        "faasfarm_changes_total": "Scale requests, deployments and deletions.",
        "faasfarm_window_late_seconds": "How long after its point of the clock a window ended.",
    ]

    /// - Parameter factory: where the instruments come from.
    public init(factory: any MetricsFactory = MetricsSystem.factory) {
        func counter(_ name: String, _ outcome: String) -> Counter {
            Counter(label: name, dimensions: [("outcome", outcome)], factory: factory)
        }
        func gauge(_ name: String, _ dimension: (String, String)? = nil) -> Meter {
            Meter(label: name, dimensions: dimension.map { [$0] } ?? [], factory: factory)
        }
        emitted = counter("faasfarm_tasks_total", "emitted")
        done = counter("faasfarm_tasks_total", "done")
        failed = counter("faasfarm_tasks_total", "failed")
        duplicate = counter("faasfarm_tasks_total", "duplicate")
        lostCallbacks = Counter(label: "faasfarm_lost_callbacks_total", factory: factory)
        changed = counter("faasfarm_changes_total", "done")
        refused = counter("faasfarm_changes_total", "refused")
        calls = Dictionary(uniqueKeysWithValues: AttemptOutcome.names.map { ($0, counter("faasfarm_calls_total", $0)) })
        callTimer = Timer(label: "faasfarm_call_seconds", factory: factory)
        lateness = Timer(label: "faasfarm_window_late_seconds", factory: factory)
        farms = gauge("faasfarm_farms")
        queued = gauge("faasfarm_tasks", ("place", "queued"))
        running = gauge("faasfarm_tasks", ("place", "running"))
        desired = gauge("faasfarm_workers", ("state", "desired"))
        ready = gauge("faasfarm_workers", ("state", "ready"))
        starting = gauge("faasfarm_workers", ("state", "starting"))
        draining = gauge("faasfarm_workers", ("state", "draining"))
        age = gauge("faasfarm_workers_age_seconds")
    }

    func count(_ event: Event, by number: Int = 1) {
        switch event {
        case .emitted: emitted.increment(by: number)
        case .done: done.increment(by: number)
        case .failed: failed.increment(by: number)
        case .duplicate: duplicate.increment(by: number)
        case .lostCallback: lostCallbacks.increment(by: number)
        case .change(let isRefused): (isRefused ? refused : changed).increment(by: number)
        }
    }

    /// A call of a function that has ended, with an answer after `seconds` real ones.
    func countCall(_ outcome: String, seconds: Double?) {
        calls[outcome]?.increment()
        if let seconds { callTimer.recordNanoseconds(Int64(Int(clamping: seconds * 1e9))) }
    }

    /// A window that ended `seconds` real ones after its time.
    func countWindow(late seconds: Double) {
        lateness.recordNanoseconds(Int64(Int(clamping: max(0, seconds) * 1e9)))
    }

    /// - Parameter read: a farm's state; nil once it is gone.
    func add(_ read: @escaping @Sendable () async -> Reading?) {
        state.withLock {
            $0.last += 1
            $0.farms[$0.last] = read
        }
    }

    /// Reads all farms, for the gauges.
    public func refresh() async {
        var sum = Reading()
        var open = 0
        for (number, read) in state.withLock({ $0.farms }) {
            guard let reading = await read() else {
                state.withLock { $0.farms[number] = nil }
                continue
            }
            open += 1
            sum.queued += reading.queued
            sum.running += reading.running
            sum.desired += reading.desired
            sum.ready += reading.ready
            sum.starting += reading.starting
            sum.draining += reading.draining
            sum.readyAge = max(sum.readyAge, reading.readyAge)
        }
        farms.set(open)
        queued.set(sum.queued)
        running.set(sum.running)
        desired.set(sum.desired)
        ready.set(sum.ready)
        starting.set(sum.starting)
        draining.set(sum.draining)
        age.set(sum.readyAge)
    }
}
