import Curl
import Foundation
import Hummingbird
public import Logging
import NIOCore
import Promises
public import ServiceLifecycle
import Synchronization
import SystemErrors

/// An OpenFaaS-compatible gateway in this program, whose replicas are processes of this machine.
///
/// A function's `envProcess` is the command line of a program that serves HTTP on the port in its `PORT` variable, in any
/// language. It counts as ready once it answers `GET /_/health` and `/_/ready` (see ``ReadinessProbe``) and `start_delay` of its `envVars`
/// has passed. Calls go to the ready replica with the fewest calls. Other ``LocalGatewayConfiguration/profile``s have other
/// habits.
///
/// Whoever can deploy functions can run programs: see ``LocalGatewayConfiguration/password``.
///
///     var configuration = LocalGatewayConfiguration()
///     configuration.port = 0
///     let gateway = LocalGateway(configuration: configuration, logger: logger)
///     async let serving: Void = gateway.run()
///     print("http://127.0.0.1:\(try await gateway.waitUntilBound())")
///     try await serving
public final class LocalGateway: Service, Sendable {
    /// How long replicas may take to end by themselves when the gateway ends.
    private static let patience: Duration = .milliseconds(500)

    private let configuration: LocalGatewayConfiguration
    private let logger: Logger
    private let client = HTTPClient(options: .init(usesEnvironmentProxy: false))
    private let functions: FunctionTable
    private let port = Promise<Int>()
    private let wasRun = Atomic(false)

    /// Nothing is listened on, and no process started, before ``run()``.
    public init(configuration: LocalGatewayConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        functions = FunctionTable(configuration: configuration, client: client, logger: logger)
    }

    /// The port that is listened on, as soon as it is.
    ///
    /// - Throws: ``LocalGatewayError`` when it will never be, `CancellationError` when the calling task was cancelled.
    public func waitUntilBound() async throws -> Int {
        try await port.wait()
    }

    /// Serves until a graceful shutdown or cancellation. Either way every process is gone within a second: replicas get
    /// SIGTERM, and half a second later SIGKILL. To be called once.
    ///
    /// - Throws: ``LocalGatewayError``.
    public func run() async throws {
        do {
            try await serve()
            port.finish(.failure(LocalGatewayError(.ended, "the gateway has ended")))
        } catch {
            port.finish(.failure(error))
            throw error
        }
    }

    private func serve() async throws {
        guard !wasRun.exchange(true, ordering: .relaxed) else {
            throw LocalGatewayError(.ended, "a gateway runs once; make another one")
        }
        try check()
        OpenFiles.raiseLimit()
        let faults = FaultPlan(configuration.faults, seed: configuration.faultSeed)
        let metrics = GatewayMetrics()
        let queue = try CallQueue(
            configuration: configuration, functions: functions, client: client, metrics: metrics, faults: faults,
            logger: logger)
        let application = Application(
            responder: GatewayResponder(
                functions: functions, client: client, metrics: metrics, queue: queue, faults: faults),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ContinueHandler(), FaultHandler(plan: faults)],
                    idleTimeout: TimeAmount(configuration.idleLimit))),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), backlog: 4_096),
            onServerRunning: { [port] channel in port.finish(.success(channel.localAddress?.port ?? 0)) },
            logger: quietLogger)
        let serving = Task { try await application.run() }
        let queueing = Task { [port] in
            if let port = try? await port.wait() { await queue.run(port: port, patience: Self.patience) }
        }
        // The queue ends before what its calls go through does: a call that the gateway's end cut off is neither
        // answered nor over. So the server is no child of this task, which would be cancelled at the same time.
        let failure = await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await end(serving, after: queueing)
            } onGracefulShutdown: {
                queueing.cancel()
            }
        } onCancel: {
            queueing.cancel()
            serving.cancel()
        }
        await queueing.value
        client.shutDown()
        if let failure, !(failure is CancellationError), !Task.isCancelled, !Task.isShuttingDownGracefully {
            throw LocalGatewayError(
                .notBound,
                "cannot listen on \(configuration.host):\(configuration.port): \(SystemFailure.reason(failure))")
        }
    }

    /// Waits until the gateway is to end, or its server has ended by itself, and ends the queue, the replicas and the
    /// server, in this order. Returns what the server failed with.
    private func end(_ serving: Task<Void, any Error>, after queueing: Task<Void, Never>) async -> (any Error)? {
        await withTaskGroup(of: (any Error)?.self) { group in
            group.addTask {
                do {
                    try await serving.value
                    return nil
                } catch {
                    return error
                }
            }
            group.addTask { [functions] in
                // Throws when cancelled, which is as good a reason to end.
                try? await gracefulShutdown()
                queueing.cancel()
                await Task { await functions.close(patience: Self.patience) }.value
                // The answers to calls that this has ended are on their way.
                try? await Task.sleep(for: .milliseconds(100))
                return nil
            }
            let first = await group.next() ?? nil
            serving.cancel()
            group.cancelAll()
            await group.waitForAll()
            return first
        }
    }

    private func check() throws(LocalGatewayError) {
        guard (0...65_535).contains(configuration.port) else {
            throw LocalGatewayError(.invalidConfiguration, "the port must be 0 to 65535, got \(configuration.port)")
        }
        guard configuration.password != "" else {
            throw LocalGatewayError(.invalidConfiguration, "the password is empty; give one, or none at all")
        }
        guard configuration.password != nil || configuration.isLoopback else {
            throw LocalGatewayError(
                .invalidConfiguration,
                "listening on \(configuration.host) without a password would let everybody there run programs here; set a password"
            )
        }
    }

    /// The HTTP server reports connections that the end of the gateway has cut off as errors; what matters it throws.
    private var quietLogger: Logger {
        var logger = logger
        logger.logLevel = .critical
        return logger
    }
}
