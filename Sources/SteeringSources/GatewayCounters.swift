import Prometheus

/// What a gateway's metrics say of a function at a moment: counts since the gateway began.
struct GatewayCounters: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// Calls that began, and that ended.
        case started, ended
        /// Of the response times: their sum in seconds, their number, and those within the deadline.
        case seconds, timed, inTime
    }

    /// A counter: of calls with a status, but for ``Kind/started``.
    struct Series: Sendable, Hashable {
        var kind: Kind
        /// As in the label `function_name`.
        var function: String
        var code = ""
    }

    private(set) var counts: [Series: Double] = [:]
    /// When the gateway's process began, seconds since 1970; nil: it does not say.
    private(set) var processStart: Double?
    /// Whether there are counters of calls that began, for this function or another one.
    private(set) var tellsStarts = false

    private static let kinds: [String: Kind] = [
        "gateway_function_invocation_started": .started, "gateway_function_invocation_total": .ended,
        "gateway_functions_seconds_sum": .seconds, "gateway_functions_seconds_count": .timed,
        "gateway_functions_seconds_bucket": .inTime,
    ]
    private static let processName = "process_start_time_seconds"

    /// The metrics that matter; those of a gateway have one of these at least, before the first call too.
    static let names = Set(kinds.keys).union([processName, "gateway_service_count"])

    /// - Parameters:
    ///   - functions: whose calls are counted together.
    ///   - namespace: nil: whatever there is, if it is one.
    ///   - deadline: in seconds; ``Kind/inTime`` is there where it is a bound of the histogram's buckets.
    /// - Throws: a reason.
    init(
        _ samples: [PrometheusText.Sample], functions: [String], namespace: String?, deadline: Double
    ) throws(GatewayCountersFailure) {
        var places: [String: String] = [:]
        for sample in samples {
            if sample.name == GatewayCounters.processName { processStart = sample.value }
            guard let kind = GatewayCounters.kinds[sample.name] else { continue }
            if kind == .started { tellsStarts = true }
            guard let label = sample.labels["function_name"] else { continue }
            let parts = label.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard functions.contains(parts[0]), parts.count == 1 || parts[1] == namespace ?? parts[1] else { continue }
            guard places.updateValue(label, forKey: parts[0]) ?? label == label else {
                throw .init(
                    "there is a function \(parts[0]) in several namespaces (\(label) is one); say which is meant")
            }
            if kind == .inTime, Double(sample.labels["le"] ?? "") != deadline { continue }
            guard sample.value >= 0, sample.value < 1e15 else {
                throw .init("\(sample.name) of \(label) is \(sample.value); expected a count")
            }
            let code = kind == .started ? "" : sample.labels["code"] ?? ""
            counts[Series(kind: kind, function: label, code: code), default: 0] += sample.value
        }
    }

    /// Those that failed by their status: of the server, or turned away.
    static func isFailure(_ code: String) -> Bool {
        guard let status = Int(code) else { return true }
        return !(100..<500).contains(status) || status == 429
    }

    /// Whether the gateway has begun anew since `earlier`, from whose counts these do not go on.
    func isRestarted(since earlier: GatewayCounters) -> Bool {
        if let processStart, let before = earlier.processStart, processStart != before { return true }
        return earlier.counts.contains { series, count in (counts[series] ?? 0) < count }
    }

    /// What has been added since `earlier`; all of it where the gateway has begun anew.
    func added(since earlier: GatewayCounters) -> GatewayCounters {
        guard !isRestarted(since: earlier) else { return self }
        var added = self
        for (series, count) in earlier.counts { added.counts[series, default: 0] -= count }
        return added
    }

    func sum(_ kind: Kind, where isCounted: (String) -> Bool = { _ in true }) -> Double {
        counts.reduce(0) { $1.key.kind == kind && isCounted($1.key.code) ? $0 + $1.value : $0 }
    }

    /// Calls that have begun and not ended, of each function; below 0 where the two were not read at once.
    var inFlight: [Double] {
        let started = counts.filter { $0.key.kind == .started }
        let functions = Set(counts.keys.filter { $0.kind == .started || $0.kind == .ended }.map(\.function))
        return functions.map { function in
            let ended = counts.reduce(0.0) { sum, entry in
                entry.key.kind == .ended && entry.key.function == function ? sum + entry.value : sum
            }
            return (started[Series(kind: .started, function: function)] ?? 0) - ended
        }
    }

    /// Whether it is known of the calls that ended which met the deadline.
    var tellsDeadlines: Bool {
        counts.keys.contains { $0.kind == .inTime } || !counts.keys.contains { $0.kind == .timed }
    }
}

struct GatewayCountersFailure: Error, Sendable, Hashable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
