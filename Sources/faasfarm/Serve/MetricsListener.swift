import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Prometheus
import SystemErrors

/// `/metrics` and `/healthz` of the daemon, for Prometheus and whatever restarts it. Needs no login: there are counts in it,
/// and nothing else.
enum MetricsListener {
    /// Begins in the background; an address that cannot be had is logged, and the daemon goes on.
    static func start(
        host: String, port: Int, metrics: PrometheusRegistry, idleLimit: TimeAmount, logger: Logger
    ) {
        Task.detached {
            do {
                let bound = try await BackgroundServer.start(
                    MetricsResponder(metrics: metrics), host: host, port: port, idleLimit: idleLimit, logger: logger)
                logger.notice("metrics are on http://\(host):\(bound)/metrics")
            } catch {
                logger.error("--metrics-listen: cannot listen on \(host):\(port): \(SystemFailure.reason(error))")
            }
        }
    }
}

private struct MetricsResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let metrics: PrometheusRegistry

    func respond(to request: Request, context: Context) async throws -> Response {
        switch request.uri.path {
        case "/healthz": return Self.text("ok\n", type: "text/plain; charset=utf-8")
        case "/metrics": return Self.text(await metrics.text(), type: "text/plain; version=0.0.4; charset=utf-8")
        default: return Response(status: .notFound)
        }
    }

    private static func text(_ text: String, type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

/// HTTP servers that run as long as the program does.
enum BackgroundServer {
    /// For how long a connection may be silent while its request has not come whole, or before its next one. Longer than
    /// libcurl keeps an idle connection (118 s), so that no call meets a connection that is being closed.
    static let idleSeconds = 180.0

    /// Listens, and returns the port once that is so.
    ///
    /// - Throws: why it cannot listen.
    static func start<Responder: HTTPResponder>(
        _ responder: Responder, host: String, port: Int, idleLimit: TimeAmount, logger: Logger
    ) async throws -> Int where Responder.Context == BasicRequestContext {
        let (outcomes, outcome) = AsyncStream<Result<Int, any Error>>.makeStream()
        var quiet = logger
        quiet.logLevel = .critical
        let application = Application(
            responder: responder, server: .http1(configuration: .init(idleTimeout: idleLimit)),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), backlog: 1_024),
            onServerRunning: { outcome.yield(.success($0.localAddress?.port ?? 0)) }, logger: quiet)
        Task.detached {
            do {
                try await application.run()
                outcome.yield(.failure(CancellationError()))
            } catch {
                outcome.yield(.failure(error))
            }
        }
        for await first in outcomes { return try first.get() }
        throw CancellationError()
    }
}
