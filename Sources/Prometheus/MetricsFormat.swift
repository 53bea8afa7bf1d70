/// How metrics are written: Prometheus's text, or OpenMetrics 1.0, which Prometheus asks for and which is told of families by their
/// names without `_total`, and of the text's end.
public enum MetricsFormat: Sendable, Hashable, CaseIterable {
    case plain, openMetrics

    /// What a reader prefers whose request has this `Accept`; Prometheus's text where it does not say.
    public init(accepting header: String?) {
        func weight(_ type: String) -> Double? {
            let ranges = (header ?? "").lowercased().split(separator: ",").map {
                $0.split(separator: ";").map { $0.filter { $0 != " " } }
            }
            return ranges.filter { $0.first == type }.map { range in
                range.first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            }.max()
        }
        let open = weight("application/openmetrics-text") ?? 0
        self = open > 0 && open >= weight("text/plain") ?? 0 ? .openMetrics : .plain
    }

    public var contentType: String {
        switch self {
        case .plain: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// The family that a metric is told as, and of what kind.
    func family(of name: String, kind: String) -> (name: String, kind: String) {
        guard self == .openMetrics, kind == "counter" else { return (name, kind) }
        // OpenMetrics knows no counter without this ending.
        return name.hasSuffix("_total") ? (String(name.dropLast("_total".count)), kind) : (name, "unknown")
    }

    var end: String { self == .openMetrics ? "# EOF\n" : "" }
}
