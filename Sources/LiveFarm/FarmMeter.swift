public import CoreMetrics
import Farm
import Metrics
import Numbers
import Synchronization

/// What the live farms of a program count for whoever runs it, through swift-metrics.
public final class FarmMeter: Sendable {
    /// What became of a task, a call of a worker or a change of the workers.
    enum Event: Sendable, CaseIterable {
        case emitted, done, failed, duplicate
        /// A call that was accepted, and of which nothing was heard in its time.
        case lostCallback
        case changed, changeRefused

        fileprivate var metric: (name: String, outcome: String?) {
            switch self {
            case .emitted: ("faasfarm_tasks_total", "emitted")
            case .done: ("faasfarm_tasks_total", "done")
            case .failed: ("faasfarm_tasks_total", "failed")
            case .duplicate: ("faasfarm_tasks_total", "duplicate")
            case .lostCallback: ("faasfarm_lost_callbacks_total", nil)
            case .changed: ("faasfarm_changes_total", "done")
            case .changeRefused: ("faasfarm_changes_total", "refused")
            }
        }
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
    private let events: [Event: Counter]
    private let calls: [String: Counter]
    private let callTimer: Timer
    private let lateness: Timer
    private let farms: Meter
    private let gauges: [(meter: Meter, value: @Sendable (Reading) -> Double)]

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
        func counter(_ name: String, _ outcome: String?) -> Counter {
            Counter(label: name, dimensions: outcome.map { [("outcome", $0)] } ?? [], factory: factory)
        }
        func gauge(
            _ name: String, _ dimension: (String, String)? = nil, _ value: @escaping @Sendable (Reading) -> Double
        ) -> (meter: Meter, value: @Sendable (Reading) -> Double) {
            (Meter(label: name, dimensions: dimension.map { [$0] } ?? [], factory: factory), value)
        }
        events = Dictionary(
            uniqueKeysWithValues: Event.allCases.map { ($0, counter($0.metric.name, $0.metric.outcome)) })
        calls = Dictionary(uniqueKeysWithValues: AttemptOutcome.names.map { ($0, counter("faasfarm_calls_total", $0)) })
        callTimer = Timer(label: "faasfarm_call_seconds", factory: factory)
        lateness = Timer(label: "faasfarm_window_late_seconds", factory: factory)
        farms = Meter(label: "faasfarm_farms", factory: factory)
        gauges = [
            gauge("faasfarm_tasks", ("place", "queued")) { Double($0.queued) },
            gauge("faasfarm_tasks", ("place", "running")) { Double($0.running) },
            gauge("faasfarm_workers", ("state", "desired")) { Double($0.desired) },
            gauge("faasfarm_workers", ("state", "ready")) { Double($0.ready) },
            gauge("faasfarm_workers", ("state", "starting")) { Double($0.starting) },
            gauge("faasfarm_workers", ("state", "draining")) { Double($0.draining) },
            gauge("faasfarm_workers_age_seconds") { $0.readyAge },
        ]
    }

    func count(_ event: Event, by number: Int = 1) { events[event]?.increment(by: number) }

    /// A call of a worker that has ended, with an answer after `seconds` real ones.
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
        for gauge in gauges { gauge.meter.set(gauge.value(sum)) }
    }
}
