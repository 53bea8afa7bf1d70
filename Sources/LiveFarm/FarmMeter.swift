import Farm
import Synchronization

/// What the live farms of a program count for whoever runs it, as Prometheus text.
public final class FarmMeter: Sendable {
    /// What became of a task, a call of a function or a change of the workers.
    enum Event: Hashable, Sendable {
        case emitted, done, failed, duplicate
        case call(String)
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
        var counts: [Event: Int] = [:]
        var callSeconds = 0.0
        var farms: [Int: @Sendable () async -> Reading?] = [:]
        var last = 0
    }

    private let state = Mutex(State())

    public init() {}

    func count(_ event: Event, by number: Int = 1) {
        state.withLock { $0.counts[event, default: 0] += number }
    }

    /// A call of a function that has ended after `seconds` real ones.
    func countCall(_ outcome: String, seconds: Double?) {
        state.withLock {
            $0.counts[.call(outcome), default: 0] += 1
            $0.callSeconds += seconds ?? 0
        }
    }

    /// - Parameter read: a farm's state; nil once it is gone.
    func add(_ read: @escaping @Sendable () async -> Reading?) {
        state.withLock {
            $0.last += 1
            $0.farms[$0.last] = read
        }
    }

    /// All metrics in Prometheus's text format.
    public func text() async -> String {
        let (counts, callSeconds, farms) = state.withLock { ($0.counts, $0.callSeconds, $0.farms) }
        var sum = Reading()
        var open = 0
        for (number, read) in farms {
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
        func count(_ event: Event) -> Double { Double(counts[event] ?? 0) }
        let calls = ["done", "collision", "retry", "failed", "fatal"]
        return [
            Self.metric("faasfarm_farms", "gauge", "Live farms that are open.", [("", Double(open))]),
            Self.metric(
                "faasfarm_tasks_total", "counter",
                "Tasks by what became of them; duplicates are results that were dropped.",
                [
                    ("outcome=\"emitted\"", count(.emitted)), ("outcome=\"done\"", count(.done)),
                    ("outcome=\"failed\"", count(.failed)), ("outcome=\"duplicate\"", count(.duplicate)),
                ]),
            Self.metric(
                "faasfarm_tasks", "gauge", "Tasks that have not ended.",
                [("place=\"queued\"", Double(sum.queued)), ("place=\"running\"", Double(sum.running))]),
            Self.metric(
                "faasfarm_workers", "gauge", "Workers; starting, ready and draining ones are paid for.",
                [
                    ("state=\"desired\"", Double(sum.desired)), ("state=\"ready\"", Double(sum.ready)),
                    ("state=\"starting\"", Double(sum.starting)), ("state=\"draining\"", Double(sum.draining)),
                ]),
            Self.metric(
                "faasfarm_workers_age_seconds", "gauge", "Since the workers were last looked at, of the oldest sight.",
                [("", sum.readyAge)]),
            Self.metric(
                "faasfarm_calls_total", "counter", "Calls of functions by outcome.",
                calls.map { ("outcome=\"\($0)\"", count(.call($0))) }),
            Self.metric(
                "faasfarm_call_seconds_total", "counter", "Time that answered calls took.", [("", callSeconds)]),
            Self.metric(
                "faasfarm_changes_total", "counter", "Scale requests, deployments and deletions.",
                [
                    ("outcome=\"done\"", count(.change(isRefused: false))),
                    ("outcome=\"refused\"", count(.change(isRefused: true))),
                ]),
        ].joined()
    }

    private static func metric(
        _ name: String, _ type: String, _ help: String, _ values: [(labels: String, value: Double)]
    )
        -> String
    {
        values.reduce("# HELP \(name) \(help)\n# TYPE \(name) \(type)\n") { text, one in
            let number =
                one.value == one.value.rounded() && abs(one.value) < 1e15 ? String(Int(one.value)) : "\(one.value)"
            return text + (one.labels.isEmpty ? name : "\(name){\(one.labels)}") + " \(number)\n"
        }
    }
}
