internal import CZeroMQ
import Foundation

/// Why a peer and a socket did not come together.
public enum HandshakeFailure: Sendable, Hashable, CaseIterable {
    /// One has keys (CURVE), the other has none. The side that notices it later sees ``other``.
    case mechanismMismatch
    /// What the peer sent cannot be opened: it holds another key for the server than the server has, or no key of its
    /// own.
    case wrongKey
    /// The authenticator refused the peer's key.
    case refusedKey
    /// The peer hung up, was silent for too long, or speaks something else than ZeroMQ.
    case other
}

/// Tells which handshakes of a socket fail, as they fail. One thread owns it, the socket's or another.
///
/// It must be read as long as the socket lives, or be ended with ``ZeroMQSocket/endHandshakeMonitor()`` before: libzmq
/// waits for a reader that does not read.
public struct HandshakeMonitor {
    /// What happened.
    public enum Event: Sendable, Hashable {
        case failed(HandshakeFailure)
        case succeeded
    }

    /// For waiting on it.
    public let socket: ZeroMQSocket
    /// To be given to ``ZeroMQSocket/startHandshakeMonitor(_:)``, in the same context.
    public let name: String

    /// - Throws: ``ZeroMQError`` when the process has no descriptors left.
    public init(in context: ZeroMQContext) throws(ZeroMQError) {
        socket = try ZeroMQSocket(.pair, in: context)
        name = "inproc://handshakes-" + UUID().uuidString
        // Before the monitored socket listens there, which inproc allows.
        try socket.connect(name)
    }

    /// The next event that has come; nil when none has.
    public func next() -> Event? {
        while let frames = socket.receive() {
            // Sixteen bits of kind, thirty-two of detail, in this machine's order; then the endpoint.
            guard let head = frames.first, head.count == 6 else { continue }
            let kind = head.withUnsafeBytes { $0.loadUnaligned(as: UInt16.self) }
            let detail = head.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 2, as: Int32.self) }
            switch Int32(kind) {
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return .succeeded
            case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: return .failed(.refusedKey)
            case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: return .failed(HandshakeMonitor.failure(detail))
            case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: return .failed(.other)
            default: continue
            }
        }
        return nil
    }

    private static func failure(_ detail: Int32) -> HandshakeFailure {
        switch detail {
        case Int32(ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH): .mechanismMismatch
        case Int32(ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC), Int32(ZMQ_PROTOCOL_ERROR_ZMTP_KEY_EXCHANGE): .wrongKey
        default: .other
        }
    }
}

extension ZeroMQSocket {
    /// Sends this socket's handshakes to the ``HandshakeMonitor`` of that name. To be called before the socket binds or
    /// connects, and once.
    ///
    /// - Throws: ``ZeroMQError``.
    public func startHandshakeMonitor(_ name: String) throws(ZeroMQError) {
        let events =
            ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
            | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL
        guard zmq_socket_monitor(handle, name, events) == 0 else {
            throw ZeroMQError.last("watching a socket's handshakes")
        }
    }

    /// Ends what ``startHandshakeMonitor(_:)`` has begun. Afterwards nobody needs to read the monitor.
    public func endHandshakeMonitor() {
        _ = zmq_socket_monitor(handle, nil, 0)
    }
}
