import Curl
public import Farm
import Foundation
public import Steering
import Synchronization

/// What queries of a Prometheus, or of what answers as it does, tell of a function. Those quantities that a query is given for are
/// told, the others are absent.
///
///     let source = try PrometheusQuerySource(
///         MetricsEndpoint("http://127.0.0.1:9090"),
///         queries: [.arrivalRate: "sum(rate(http_requests_total{service=\"resize\"}[1m])) or vector(0)"])
///
/// Each result must be one number: a scalar, or a vector of one sample. Prometheus gives a sample the time of the question, however
/// old what it found is; give a query for ``Quantity/sampledAt``, such as `max(timestamp(up{job="resize"}))`, so that a target that is
/// scraped no longer is seen to be stale.
public final class PrometheusQuerySource: LoadSource {
    /// What a query may be given for, by its key in a configuration. Rates are calls a second, times seconds.
    public enum Quantity: String, Sendable, Hashable, Codable, CaseIterable {
        /// Calls that came: over some time, and lately.
        case arrivalRate = "arrival_rate"
        case recentArrivalRate = "recent_arrival_rate"
        /// Calls that ended, and those of them that failed.
        case completionRate = "completion_rate"
        case failureRate = "failure_rate"
        /// Calls that are worked on; where no query tells of those that wait, these are among them.
        case running
        case queued
        /// Of the call that waits longest, in seconds.
        case oldestAge = "oldest_age"
        /// Means. NaN, and nothing found, mean that no call ended.
        case serviceSeconds = "service_seconds"
        case responseSeconds = "response_seconds"
        /// Calls that met their deadline, and calls that did not.
        case metRate = "met_rate"
        case missedRate = "missed_rate"
        /// When what the others tell was true, seconds since 1970.
        case sampledAt = "sampled_at"

        /// What there is not in every window.
        var isOptional: Bool { self == .serviceSeconds || self == .responseSeconds }
    }

    private struct State {
        var time: Double?
        /// Parts of calls that are not counted yet.
        var rests: [Quantity: Double] = [:]
    }

    public let name = "prometheus"
    public let absences: MetricAbsences
    private let endpoint: MetricsEndpoint
    private let queries: [Quantity: String]
    private let timeout: Duration
    private let state = Mutex(State())

    /// The longest query, in bytes, and the longest answer.
    public static let longestQuery = 6_000
    private static let mostBytes = 1 << 20

    /// - Parameters:
    ///   - endpoint: without `/api/v1/query`.
    ///   - timeout: of all queries, which are sent at once.
    /// - Throws: for no query, an empty one and one that is too long.
    public init(
        _ endpoint: MetricsEndpoint, queries: [Quantity: String], timeout: Duration = .seconds(2)
    ) throws(SteeringFailure) {
        guard queries.keys.contains(where: { $0 != .sampledAt }) else {
            throw SteeringFailure(
                "no query is given; expected one for one of: "
                    + Quantity.allCases.map(\.rawValue).joined(separator: ", "))
        }
        for (quantity, query) in queries {
            let size = query.utf8.count
            guard query.contains(where: { !$0.isWhitespace }), size <= PrometheusQuerySource.longestQuery else {
                throw SteeringFailure(
                    "the query for \(quantity.rawValue) has \(size) bytes, "
                        + "expected 1 to \(PrometheusQuerySource.longestQuery); make a longer one a recording rule")
            }
        }
        (self.endpoint, self.queries, self.timeout) = (endpoint, queries, timeout)
        let told: [(Quantity, MetricAbsences)] = [
            (.arrivalRate, .arrivals), (.queued, .queue), (.oldestAge, .oldestAge), (.running, .running),
            (.completionRate, .completions), (.serviceSeconds, .service), (.responseSeconds, .response),
        ]
        var absences: MetricAbsences = [.utilisation, .calls]
        for (quantity, absence) in told where queries[quantity] == nil { absences.insert(absence) }
        if queries[.metRate] == nil || queries[.missedRate] == nil { absences.insert(.deadlines) }
        self.absences = absences
    }

    public func read() async throws(SteeringFailure) -> Sighting {
        let answers = await withTaskGroup(
            of: (Quantity, Result<PrometheusAnswer, SteeringFailure>).self
        ) { group in
            for (quantity, query) in queries {
                group.addTask {
                    do throws(SteeringFailure) {
                        return (quantity, .success(try await self.ask(quantity, query)))
                    } catch {
                        return (quantity, .failure(error))
                    }
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        var values: [Quantity: Double] = [:]
        var time = Double.infinity
        // In an order that does not change, so that the same trouble is said in the same words.
        for quantity in Quantity.allCases {
            guard let answer = try answers[quantity]?.get() else { continue }
            if let value = try checked(quantity, answer.value) { values[quantity] = value }
            if answer.value != nil { time = min(time, answer.time) }
        }
        time = values[.sampledAt] ?? time
        // Only means that there are not in every window, and none of them in this one.
        guard time.isFinite else { throw SteeringFailure("the queries of \(endpoint.url) found nothing") }
        return state.withLock { sight(values, at: time, &$0) }
    }

    private func ask(_ quantity: Quantity, _ query: String) async throws(SteeringFailure) -> PrometheusAnswer {
        let response = try await endpoint.get(
            "/api/v1/query?query=" + PrometheusQuerySource.escaped(query), accept: "application/json",
            timeout: timeout, most: PrometheusQuerySource.mostBytes)
        do throws(PrometheusAnswer.Failure) {
            return try PrometheusAnswer(json: response.body)
        } catch {
            let isAnswer = (200...299).contains(response.status) || error.reason.hasPrefix("refused")
            throw SteeringFailure(
                "the query for \(quantity.rawValue) at \(endpoint.url): "
                    + (isAnswer
                        ? error.reason : "answered \(response.status), expected 200: \(endpoint.excerpt(response))"))
        }
    }

    private func checked(_ quantity: Quantity, _ value: Double?) throws(SteeringFailure) -> Double? {
        let name = "the query for \(quantity.rawValue) at \(endpoint.url)"
        guard let value else {
            if quantity.isOptional { return nil }
            throw SteeringFailure("\(name) found nothing; where that means none, write: (…) or vector(0)")
        }
        if value.isNaN, quantity.isOptional { return nil }
        guard value >= 0, value < 1e12 else {
            throw SteeringFailure("\(name): got \(value), expected a number from 0 on")
        }
        return value
    }

    private func sight(_ values: [Quantity: Double], at time: Double, _ state: inout State) -> Sighting {
        // What has been told of is not told again.
        let seconds = state.time.map { max(time - $0, 0) } ?? 0
        state.time = max(time, state.time ?? time)
        func count(_ quantity: Quantity) -> Int? {
            guard let rate = values[quantity] else { return nil }
            let calls = min(rate * seconds, 1e12) + state.rests[quantity, default: 0]
            state.rests[quantity] = calls - calls.rounded(.down)
            return Int(calls.rounded(.down))
        }
        func number(_ quantity: Quantity) -> Int? { values[quantity].map { Int($0.rounded()) } }
        var sighting = Sighting(time: time, seconds: seconds)
        sighting.arrivals = count(.arrivalRate)
        sighting.recentRate = values[.recentArrivalRate]
        sighting.completions = count(.completionRate)
        sighting.failures = count(.failureRate)
        sighting.running = number(.running)
        sighting.queued = number(.queued)
        sighting.oldestAge = values[.oldestAge]
        sighting.serviceSeconds = values[.serviceSeconds]
        sighting.responseSeconds = values[.responseSeconds]
        sighting.met = count(.metRate)
        sighting.missed = count(.missedRate)
        return sighting
    }

    /// Percent-encoded but for what is unreserved in any part of a URL.
    private static func escaped(_ query: String) -> String {
        query.utf8.reduce(into: "") { text, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}
