import Foundation
import Hummingbird
public import Logging
import NIOCore
public import ServiceLifecycle

/// The reference worker's HTTP server on 127.0.0.1.
///
///     let worker = WorkerServer(port: 8081, announces: true)
///     try await ServiceGroup(services: [worker], gracefulShutdownSignals: [.sigterm], logger: worker.logger).run()
public struct WorkerServer: Service {
    let port: Int
    /// Whether to say on standard output where it listens; a gateway has no use for that.
    let announces: Bool
    public let logger: Logger
    private let load = WorkerLoad()
    /// Longer than libcurl keeps an idle connection (118 s), so that no call meets a connection that is being closed.
    private static let idleSeconds: Int64 = 180

    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - announces: whether to say on standard output where it listens; a gateway has no use for that.
    public init(port: Int, announces: Bool) {
        self.port = port
        self.announces = announces
        var logger = Logger(label: "faasfarm.worker") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        self.logger = logger
    }

    /// Serves until a graceful shutdown. It then goes on listening, so that health is answered with 503, until the last
    /// call has its answer.
    public func run() async throws {
        let announces = announces
        let application = Application(
            responder: WorkerResponder(load: load),
            server: .http1(configuration: .init(idleTimeout: .seconds(Self.idleSeconds))),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port), backlog: 1_024),
            onServerRunning: { channel in
                guard announces else { return }
                print("worker listening on http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
                fflush(nil)
            },
            logger: logger)
        // A group of its own, which the shutdown of the outer one does not reach before the calls have ended.
        let server = ServiceGroup(configuration: .init(services: [application], logger: logger))
        let serving = Task.detached { try await server.run() }
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await serving.value
        } onCancelOrGracefulShutdown: {
            Task.detached { [load] in
                await load.drain()
                await server.triggerGracefulShutdown()
            }
        }
    }
}
