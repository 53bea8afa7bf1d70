import HTTPTypes
public import Hummingbird
public import Logging
public import Prometheus

/// `/metrics` and `/healthz` of the daemon, for Prometheus and whatever restarts it. Needs no login: there are counts in it,
/// and nothing else.
public struct MetricsRoutes: HTTPRoutes {
    private let metrics: PrometheusRegistry

    public init(_ metrics: PrometheusRegistry) { self.metrics = metrics }

    public var paths: String { "/metrics and /healthz" }

    public func open(at address: HTTPAddress, _ logger: Logger) {
        logger.notice("metrics are on http://\(address)/metrics")
    }

    public func response(to request: Request) async -> Response? {
        switch request.uri.path {
        case "/healthz": return .text(.ok, "ok")
        case "/metrics":
            let format = MetricsFormat(accepting: request.headers[.accept])
            return .text(.ok, await metrics.text(format), type: format.contentType)
        default: return nil
        }
    }
}
