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
        /// Of tasks' deadlines, at the end of the window in which it was decided.
        case met, missed
        /// A number of workers that the scenario's bounds changed.
        case bounded

        fileprivate var metric: (name: String, label: (String, String)?) {
            switch self {
            case .emitted: ("faasfarm_tasks_total", ("outcome", "emitted"))
            case .done: ("faasfarm_tasks_total", ("outcome", "done"))
            case .failed: ("faasfarm_tasks_total", ("outcome", "failed"))
            case .duplicate: ("faasfarm_tasks_total", ("outcome", "duplicate"))
            case .lostCallback: ("faasfarm_lost_callbacks_total", nil)
            case .changed: ("faasfarm_changes_total", ("outcome", "done"))
            case .changeRefused: ("faasfarm_changes_total", ("outcome", "refused"))
            case .met: ("faasfarm_deadlines_total", ("outcome", "met"))
            case .missed: ("faasfarm_deadlines_total", ("outcome", "missed"))
            case .bounded: ("faasfarm_refusals_total", ("rail", "bounds"))
            }
        }
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
    private let responses: Timer
    private let workerSeconds: FloatingPointCounter
    private let farms: Meter
    private let reachable: Meter
    private let gauges: [(meter: Meter, value: @Sendable (Reading) -> Double)]

    /// What the metrics mean, by name.
    public static let help = [
        "faasfarm_farms": "Live farms that are open.",
        "faasfarm_tasks_total": "Tasks by what became of them; duplicates are results that were dropped.",
        "faasfarm_open_tasks": "Tasks that have not ended.",
        "faasfarm_deadlines_total": "Tasks whose deadline was met or missed, counted at the end of the window.",
        "faasfarm_response_seconds": "From a task's coming to its result, in the scenario's seconds.",
        "faasfarm_oldest_task_seconds": "Age of the oldest task that waits, in the scenario's seconds.",
        "faasfarm_window_qos_ratio":
            "Share of the tasks decided in the last windows that met their deadline; no sample while none was decided.",
        "faasfarm_recommended_workers": "Workers that agents asked for last, before the scenario's bounds.",
        "faasfarm_refusals_total":
            "Numbers of workers that were changed before they were asked for, by what changed them.",
        "faasfarm_worker_seconds_total":
            "What workers have cost: starting, ready and draining ones, in the scenario's seconds.",
        "faasfarm_platform_reachable":
            "1 while all farms' platforms answer, 0 while one does not; no sample without a farm.",
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
        func counter(_ name: String, _ label: (String, String)?) -> Counter {
            Counter(label: name, dimensions: label.map { [$0] } ?? [], factory: factory)
        }
        func gauge(
            _ name: String, _ dimension: (String, String)? = nil, _ value: @escaping @Sendable (Reading) -> Double
        ) -> (meter: Meter, value: @Sendable (Reading) -> Double) {
            (Meter(label: name, dimensions: dimension.map { [$0] } ?? [], factory: factory), value)
        }
        events = Dictionary(
            uniqueKeysWithValues: Event.allCases.map { ($0, counter($0.metric.name, $0.metric.label)) })
        calls = Dictionary(
            uniqueKeysWithValues: AttemptOutcome.names.map { ($0, counter("faasfarm_calls_total", ("outcome", $0))) })
        callTimer = Timer(label: "faasfarm_call_seconds", factory: factory)
        lateness = Timer(label: "faasfarm_window_late_seconds", factory: factory)
        responses = Timer(label: "faasfarm_response_seconds", factory: factory)
        workerSeconds = FloatingPointCounter(label: "faasfarm_worker_seconds_total", factory: factory)
        farms = Meter(label: "faasfarm_farms", factory: factory)
        reachable = Meter(label: "faasfarm_platform_reachable", factory: factory)
        gauges = [
            gauge("faasfarm_open_tasks", ("place", "queued")) { Double($0.queued) },
            gauge("faasfarm_open_tasks", ("place", "running")) { Double($0.running) },
            gauge("faasfarm_workers", ("state", "desired")) { Double($0.desired) },
            gauge("faasfarm_workers", ("state", "ready")) { Double($0.ready) },
            gauge("faasfarm_workers", ("state", "starting")) { Double($0.starting) },
            gauge("faasfarm_workers", ("state", "draining")) { Double($0.draining) },
            gauge("faasfarm_workers_age_seconds") { $0.readyAge },
            gauge("faasfarm_recommended_workers") { Double($0.recommended) },
            gauge("faasfarm_oldest_task_seconds") { $0.oldestAge },
            gauge("faasfarm_window_qos_ratio") { $0.qos ?? .nan },
        ]
    }

    func count(_ event: Event, by number: Int = 1) { events[event]?.increment(by: number) }

    /// A call of a worker that has ended, with an answer after `seconds` real ones.
    func countCall(_ outcome: String, seconds: Double?) {
        calls[outcome]?.increment()
        if let seconds { callTimer.recordNanoseconds(Int64(Int(clamping: seconds * 1e9))) }
    }

    /// A window that ended `seconds` real ones after its time.
    func countWindow(late seconds: Double, _ tally: WindowTally, paid: Double) {
        lateness.recordNanoseconds(Int64(Int(clamping: max(0, seconds) * 1e9)))
        for response in tally.responseTimes { responses.recordNanoseconds(Int64(Int(clamping: response * 1e9))) }
        count(.met, by: tally.met)
        count(.missed, by: tally.missed)
        workerSeconds.increment(by: paid)
    }

    /// - Parameter read: a farm's state; nil once it is gone.
    func add(_ read: @escaping @Sendable () async -> Reading?) {
        state.withLock {
            $0.last += 1
            $0.farms[$0.last] = read
        }
    }

    /// The present state of all open farms, in the order of their opening.
    public func readings() async -> [(number: Int, reading: Reading)] {
        var readings: [(number: Int, reading: Reading)] = []
        for (number, read) in state.withLock({ $0.farms }).sorted(by: { $0.key < $1.key }) {
            if let reading = await read() {
                readings.append((number, reading))
            } else {
                state.withLock { $0.farms[number] = nil }
            }
        }
        return readings
    }

    /// Reads all farms, for the gauges.
    public func refresh() async {
        let readings = await readings().map(\.reading)
        let sum = readings.reduce(into: Reading()) { $0.add($1) }
        farms.set(readings.count)
        let reach: Double = readings.isEmpty ? .nan : sum.isReachable ? 1 : 0
        reachable.set(reach)
        for gauge in gauges { gauge.meter.set(gauge.value(sum)) }
    }
}
