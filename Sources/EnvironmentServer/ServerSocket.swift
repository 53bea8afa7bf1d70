import Foundation
import Logging
import Sessions
import ZeroMQ

/// The server's ROUTER socket, which listens from its beginning to ``close()``, and what lets clients in to it.
///
/// It belongs to the loop's thread.
final class ServerSocket {
    /// With its real port.
    let endpoint: String
    /// Wakes who waits in ``receive(_:milliseconds:)``.
    let doorbell: Doorbell
    /// Whoever releases a context last waits for its end, which must not come before ``close()``.
    private let context: ZeroMQContext
    private let admission: Admission
    private let logger: Logger
    private var socket: ZeroMQSocket?

    /// - Throws: why it does not listen.
    init(_ configuration: EnvironmentServerConfiguration, logger: Logger) throws {
        let context =
            if let shared = configuration.context { shared } else { try ZeroMQContext() }
        let admission = try Admission(in: context, curve: configuration.curve, logger: logger)
        do {
            let socket = try ZeroMQSocket(.router, in: context)
            try socket.startHandshakeMonitor(admission.monitorName)
            if let curve = configuration.curve { try socket.setCurveServer(curve.serverKey) }
            try socket.setMaxMessageSize(configuration.maxMessageBytes)
            try socket.setRouterMandatory()
            try socket.setRouterHandover()
            try socket.setHeartbeat(milliseconds: 10_000)
            if configuration.endpoint.contains("[") { try socket.setIPv6() }
            endpoint = try socket.bind(configuration.endpoint)
            doorbell = Doorbell(of: context)
            _ = try socket.bind(doorbell.endpoint)
            self.socket = socket
        } catch {
            admission.stop()
            throw error
        }
        if endpoint.hasPrefix("ipc:///") { chmod(String(endpoint.dropFirst("ipc://".count)), 0o600) }
        self.context = context
        self.admission = admission
        self.logger = logger
    }

    /// Takes a message that has come; false when none has.
    func receive(_ message: IncomingMessage) -> Bool { socket?.receive(message) == true }

    /// Takes a message, and waits for it; false when none came.
    func receive(_ message: IncomingMessage, milliseconds: Int) -> Bool {
        socket?.receive(message, milliseconds: milliseconds) == true
    }

    /// Waits until a message has come, `wake` was signalled, or the time is over.
    func wait(orFor wake: WakeSignal, milliseconds: Int) { socket?.wait(orFor: wake, milliseconds: milliseconds) }

    func send(_ reply: Data, to address: ReplyAddress) { reply.withUnsafeBytes { send($0, to: address) } }

    func send(_ reply: UnsafeRawBufferPointer, to address: ReplyAddress) {
        if socket?.send(address.envelope, reply) == false { logger.debug("a reply's peer is gone") }
    }

    /// Hears and says nothing more.
    func close() {
        // The last replies leave while the context ends.
        try? socket?.setLinger(milliseconds: 200)
        socket?.endHandshakeMonitor()
        socket = nil
        admission.stop()
    }
}
