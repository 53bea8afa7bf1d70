import Synchronization

/// What the gateway counts, written as Prometheus text under OpenFaaS's names.
final class GatewayMetrics: Sendable {
    private struct Histogram {
        var buckets = [Int](repeating: 0, count: GatewayMetrics.bounds.count)
        var sum = 0.0
        var count = 0

        mutating func add(_ seconds: Double) {
            if let bucket = GatewayMetrics.bounds.firstIndex(where: { seconds <= $0 }) { buckets[bucket] += 1 }
            sum += seconds
            count += 1
        }
    }

    private struct Calls {
        var started = 0
        /// By status.
        var ended: [Int: Histogram] = [:]
    }

    /// Prometheus's default ones, in seconds.
    private static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    /// By function; functions that were deleted keep their counts, as counters only rise.
    private let calls = Mutex<[String: Calls]>([:])

    /// By status; 0: there was no answer.
    private let callbacks = Mutex<[Int: Int]>([:])

    /// - Parameter status: of the answer to the callback of a queued call; nil: there was none.
    func callbackEnded(status: Int?) {
        callbacks.withLock { $0[status ?? 0, default: 0] += 1 }
    }

    func callStarted(_ name: String) {
        calls.withLock { $0[name, default: Calls()].started += 1 }
    }

    func callEnded(_ name: String, status: Int, seconds: Double) {
        calls.withLock { $0[name, default: Calls()].ended[status, default: Histogram()].add(seconds) }
    }

    /// - Parameter replicas: asked for, of each function.
    func text(replicas: [(name: String, count: Int)]) -> String {
        let calls = calls.withLock { $0 }.sorted { $0.key < $1.key }
        func label(_ name: String) -> String { "function_name=\"\(name).\(GatewayResponder.namespace)\"" }
        let ended = calls.flatMap { name, calls in
            calls.ended.sorted { $0.key < $1.key }.map { ("code=\"\($0.key)\",\(label(name))", $0.value) }
        }
        var text = Self.head("gateway_function_invocation_started", "counter", "Calls that began.")
        for (name, calls) in calls { text += "gateway_function_invocation_started{\(label(name))} \(calls.started)\n" }
        text += Self.head("gateway_function_invocation_total", "counter", "Calls that ended, by status.")
        for (labels, histogram) in ended { text += "gateway_function_invocation_total{\(labels)} \(histogram.count)\n" }
        text += Self.head("gateway_functions_seconds", "histogram", "How long calls took.")
        for (labels, histogram) in ended {
            var count = 0
            for (bound, bucket) in zip(Self.bounds, histogram.buckets) {
                count += bucket
                text += "gateway_functions_seconds_bucket{\(labels),le=\"\(Self.text(bound))\"} \(count)\n"
            }
            text += "gateway_functions_seconds_bucket{\(labels),le=\"+Inf\"} \(histogram.count)\n"
            text += "gateway_functions_seconds_sum{\(labels)} \(histogram.sum)\n"
            text += "gateway_functions_seconds_count{\(labels)} \(histogram.count)\n"
        }
        text += Self.head("faasfarm_gateway_callbacks_total", "counter", "Callbacks of queued calls, by answer.")
        for (status, count) in callbacks.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            text += "faasfarm_gateway_callbacks_total{code=\"\(status == 0 ? "none" : String(status))\"} \(count)\n"
        }
        text += Self.head("gateway_service_count", "gauge", "Replicas asked for.")
        for (name, count) in replicas { text += "gateway_service_count{\(label(name))} \(count)\n" }
        return text
    }

    private static func text(_ bound: Double) -> String {
        bound == bound.rounded() ? String(Int(bound)) : String(bound)
    }

    private static func head(_ name: String, _ type: String, _ help: String) -> String {
        "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }
}
