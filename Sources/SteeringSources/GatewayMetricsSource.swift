import Curl
public import Farm
public import Foundation
import Prometheus
public import Steering
import Synchronization

/// What an OpenFaaS gateway counts of a function, for traffic that nobody moves.
///
///     let source = try GatewayMetricsSource(
///         MetricsEndpoint("http://127.0.0.1:8082"), functions: ["resize"], deadline: 2.5)
///     let sighting = try await source.read()
///
/// | of the sighting | from |
/// |---|---|
/// | arrivals | `gateway_function_invocation_started` |
/// | completions, failures (5xx, 429, no status) | `gateway_function_invocation_total` |
/// | running | calls that have begun and not ended: they may wait inside of the function, which nobody sees |
/// | response | `gateway_functions_seconds`: an upper bound of what the function needs for a call |
/// | met, missed | the same, where the deadline is a bound of its buckets; calls that failed are missed |
///
/// Queue, oldest age and service time it cannot tell; what policies are shown instead says ``Farm/MetricAbsences/estimable``.
///
/// A gateway that has begun anew counts from 0; what it had counted since the last reading is lost.
public final class GatewayMetricsSource: LoadSource {
    private struct Reading {
        var counters: GatewayCounters
        var instant: ContinuousClock.Instant
        var time: Double
    }

    private struct State {
        var last: Reading?
        /// Whether the gateway began anew and has since said that more calls ended than began.
        var isDoubtful = false
    }

    public let name = "gateway"
    public let absences: MetricAbsences

    private let endpoint: MetricsEndpoint
    private let path: String
    private let functions: [String]
    private let namespace: String?
    private let deadline: Double
    private let timeout: Duration
    private let now: @Sendable () -> Double
    private let state = Mutex(State())

    /// Bounds of the buckets of a gateway's histogram, in seconds: Prometheus's usual ones.
    public static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// The longest text that is read.
    public static let mostBytes = 64 << 20
    /// Seconds by which two machines' clocks may differ.
    private static let clockError = 60.0

    /// - Parameters:
    ///   - endpoint: the gateway's metrics, with or without `/metrics`; a real gateway has them on port 8082.
    ///   - functions: those of the pool, whose calls are counted together; without namespaces.
    ///   - namespace: nil: the one that they are in, if it is one.
    ///   - deadline: of a call, in seconds.
    ///   - timeout: for reading and understanding the metrics.
    ///   - now: seconds since 1970.
    public init(
        _ endpoint: MetricsEndpoint, functions: [String], namespace: String? = nil, deadline: Double,
        timeout: Duration = .seconds(2), now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }
    ) {
        self.endpoint = endpoint
        path = endpoint.url.hasSuffix("/metrics") ? "" : "/metrics"
        (self.functions, self.namespace, self.deadline) = (functions, namespace, deadline)
        (self.timeout, self.now) = (timeout, now)
        var absences: MetricAbsences = [.queue, .oldestAge, .utilisation, .service, .calls]
        if !GatewayMetricsSource.bounds.contains(deadline) { absences.insert(.deadlines) }
        self.absences = absences
    }

    public func read() async throws(SteeringFailure) -> Sighting {
        let end = ContinuousClock.now + timeout
        let response = try await endpoint.get(
            path, accept: "text/plain;version=0.0.4", timeout: timeout, most: GatewayMetricsSource.mostBytes)
        guard (200...299).contains(response.status) else {
            throw failure("answered \(response.status), expected 200: \(endpoint.excerpt(response))")
        }
        let (instant, time) = (ContinuousClock.now, now())
        let counters: GatewayCounters
        do {
            let text = try PrometheusText(response.body, names: GatewayCounters.names, until: end)
            let isGateway =
                text.samples.contains { $0.name.hasPrefix("gateway_") }
                || response.text.contains("# TYPE gateway_function_invocation_started")
            guard isGateway else {
                throw GatewayCountersFailure(
                    "they have nothing of a gateway's (gateway_…); a real gateway's metrics are on its port 8082")
            }
            counters = try GatewayCounters(
                text.samples, functions: functions, namespace: namespace, deadline: deadline)
        } catch let error as PrometheusText.Failure {
            throw failure("are no Prometheus text: \(error)")
        } catch let error as GatewayCountersFailure {
            throw failure("cannot be used: \(error.reason)")
        } catch {
            throw failure("\(error)")
        }
        return try state.withLock { state throws(SteeringFailure) in
            try sight(Reading(counters: counters, instant: instant, time: time), &state)
        }
    }

    private func sight(_ reading: Reading, _ state: inout State) throws(SteeringFailure) -> Sighting {
        let counters = reading.counters
        var added = counters
        var seconds = 0.0
        if let last = state.last {
            let isRestarted = counters.isRestarted(since: last.counters)
            if isRestarted, let start = counters.processStart, last.counters.processStart != nil,
                start < last.time - GatewayMetricsSource.clockError
            {
                state.last = reading
                throw failure(
                    "come from several gateways in turns, each with counts of its own; name one of them, or ask Prometheus"
                )
            }
            if isRestarted { state.isDoubtful = true }
            added = counters.added(since: last.counters)
            seconds = max((reading.instant - last.instant) / .seconds(1), 0)
        }
        state.last = reading
        let inFlight = counters.inFlight
        if state.isDoubtful, inFlight.allSatisfy({ $0 >= 0 }) { state.isDoubtful = false }

        var sighting = Sighting(time: reading.time, seconds: seconds)
        let isFirst = seconds <= 0
        func count(_ amount: Double) -> Int { isFirst ? 0 : Int(min(max(amount, 0), 1e15)) }
        let ended = added.sum(.ended)
        let tellsStarts = counters.tellsStarts || counters.sum(.ended) == 0
        if tellsStarts {
            sighting.arrivals = count(added.sum(.started))
            if !state.isDoubtful { sighting.running = Int(min(inFlight.reduce(0) { $0 + max($1, 0) }, 1e9)) }
        }
        sighting.completions = count(ended)
        sighting.failures = count(added.sum(.ended, where: GatewayCounters.isFailure))
        let timed = added.sum(.timed)
        if !isFirst, timed > 0 { sighting.responseSeconds = max(added.sum(.seconds), 0) / timed }
        if !absences.contains(.deadlines), counters.tellsDeadlines {
            let met = added.sum(.inTime) { !GatewayCounters.isFailure($0) }
            sighting.met = count(min(met, ended))
            sighting.missed = count(ended - met)
        }
        return sighting
    }

    private func failure(_ text: String) -> SteeringFailure {
        SteeringFailure("the metrics of \(endpoint.url) \(text)")
    }
}
