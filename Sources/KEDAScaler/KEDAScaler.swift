public import DaemonHTTP
public import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
public import Logging
import Promises
public import ServiceLifecycle
public import Steering
import SystemErrors

/// KEDA's external scaler: whatever workload KEDA scales has the number of workers that a steered function's policy asks for.
///
///     let scaler = KEDAScaler(board, at: try KEDAListener("127.0.0.1:9300"), logger: logger)
///     try await ServiceGroup(services: [scaler], logger: logger).run()
///
/// Which function a ScaledObject asks for says its trigger's metadata, `function`; otherwise it is the one of the ScaledObject's own
/// name. A call looks one function up, so that many ScaledObjects cost no more than their calls.
public final class KEDAScaler: Service {
    /// From a shutdown until the calls that have not ended by then are cut off.
    private static let grace = Duration.seconds(1)

    private let board: SteeringBoard
    private let listener: KEDAListener
    private let logger: Logger
    private let now: @Sendable () -> Double
    private let bound = Promise<HTTPAddress>()

    /// Nothing is listened on before ``run()``.
    ///
    /// - Parameter now: seconds since 1970.
    public init(
        _ board: SteeringBoard, at listener: KEDAListener, logger: Logger,
        now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }
    ) {
        (self.board, self.listener, self.logger, self.now) = (board, listener, logger, now)
    }

    /// The address, once it is listened on.
    ///
    /// - Throws: ``KEDAScalerError`` when it will never be, `CancellationError` when the calling task was cancelled.
    public func waitUntilBound() async throws -> HTTPAddress { try await bound.wait() }

    /// Serves until a graceful shutdown, which stops the board, so that whoever asks in the last second is told that steering ends;
    /// or until cancellation. To be called once.
    ///
    /// - Throws: ``KEDAScalerError``.
    public func run() async throws {
        let server = server()
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.serve() }
                group.addTask { [self] in
                    // What it throws, `serve` does too, and with the reason.
                    if let address = try? await server.transport.listeningAddress { announce(address) }
                    try? await gracefulShutdown()
                    board.stop()
                    server.beginGracefulShutdown()
                    try? await Task.sleep(for: KEDAScaler.grace)
                }
                defer { group.cancelAll() }
                try await group.next()
            }
            bound.finish(.failure(CancellationError()))
        } catch {
            let failure = failure(error)
            bound.finish(.failure(failure))
            guard Task.isCancelled || Task.isShuttingDownGracefully else { throw failure }
        }
    }

    private func server() -> GRPCServer<HTTP2ServerTransport.Posix> {
        let host = listener.address.host
        let transport = HTTP2ServerTransport.Posix(
            address: host.contains(":")
                ? .ipv6(host: host, port: listener.address.port) : .ipv4(host: host, port: listener.address.port),
            transportSecurity: listener.security,
            config: .defaults { config in
                // What KEDA sends is a name and a trigger's metadata.
                config.rpc.maxRequestPayloadSize = 65_536
                config.http2.maxConcurrentStreams = 4_096
                config.connection.maxGraceTime = KEDAScaler.grace
                // A poll is one small call after another: nothing is gained by waiting for a second one.
                config.connection.flushCoalescing = nil
                config.connection.keepalive.clientBehavior.allowWithoutCalls = true
                config.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = .seconds(10)
            })
        return GRPCServer(
            transport: transport, services: [ExternalScalerService(answers: ScalerAnswers(board: board, now: now))])
    }

    private func announce(_ address: GRPCNIOTransportCore.SocketAddress) {
        let port = address.ipv4?.port ?? address.ipv6?.port ?? listener.address.port
        let own = HTTPAddress(host: listener.address.host, port: port)
        let who = listener.tls == nil ? "" : ", for clients with a certificate"
        logger.notice("KEDA's external scaler is on \(own)\(who)")
        bound.finish(.success(own))
    }

    private func failure(_ error: any Error) -> KEDAScalerError {
        var cause = error
        while let next = (cause as? RuntimeError)?.cause { cause = next }
        let reason = SystemFailure.reason(cause)
        // The files were read; what is wrong with them, BoringSSL says.
        if listener.tls != nil, "\(error)".contains("SSL context") {
            return .init(.tls, "\(listener.option): certificate, key and client CA do not go together: \(reason)")
        }
        return .init(.listening, "\(listener.option): cannot listen on \(listener.address): \(reason)")
    }
}
