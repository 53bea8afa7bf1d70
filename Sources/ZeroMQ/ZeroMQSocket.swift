internal import CZeroMQ
public import Foundation

/// A ZeroMQ socket. One thread owns it: it is made, used and released there.
public final class ZeroMQSocket {
    public enum Kind: Sendable {
        case request, reply, router, dealer

        var constant: Int32 {
            switch self {
            case .request: ZMQ_REQ
            case .reply: ZMQ_REP
            case .router: ZMQ_ROUTER
            case .dealer: ZMQ_DEALER
            }
        }
    }

    let handle: UnsafeMutableRawPointer
    private let context: ZeroMQContext

    /// Pending messages are dropped when the socket is released (LINGER 0).
    public init(_ kind: Kind, in context: ZeroMQContext) throws(ZeroMQError) {
        guard let handle = zmq_socket(context.handle, kind.constant) else { throw ZeroMQError.last("making a ZeroMQ socket") }
        self.handle = handle
        self.context = context
        try set(ZMQ_LINGER, to: Int32(0))
    }

    deinit {
        zmq_close(handle)
    }

    /// A peer that sends a longer message is disconnected.
    public func setMaxMessageSize(_ bytes: Int) throws(ZeroMQError) { try set(ZMQ_MAXMSGSIZE, to: Int64(bytes)) }

    /// Makes sending to an unknown peer an error instead of a silent drop (ROUTER).
    public func setRouterMandatory() throws(ZeroMQError) { try set(ZMQ_ROUTER_MANDATORY, to: Int32(1)) }

    /// Pings peers and drops those that do not answer.
    public func setHeartbeat(interval milliseconds: Int) throws(ZeroMQError) { try set(ZMQ_HEARTBEAT_IVL, to: Int32(milliseconds)) }

    /// Listens on `endpoint`.
    ///
    /// - Returns: the endpoint with its real port.
    public func bind(_ endpoint: String) throws(ZeroMQError) -> String {
        let address = endpoint.replacing("//localhost:", with: "//127.0.0.1:")
        guard zmq_bind(handle, address) == 0 else { throw ZeroMQError.last("listening on \(endpoint)") }
        var buffer = [CChar](repeating: 0, count: 1_024)
        var size = buffer.count
        guard zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, &buffer, &size) == 0 else { return address }
        return String(decoding: buffer.prefix(max(0, size - 1)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    public func connect(_ endpoint: String) throws(ZeroMQError) {
        guard zmq_connect(handle, endpoint) == 0 else { throw ZeroMQError.last("connecting to \(endpoint)") }
    }

    /// Sends a message without waiting.
    ///
    /// - Returns: false when the peer is gone or cannot take it now; the message is dropped.
    public func send(_ frames: [Data]) -> Bool {
        for (index, frame) in frames.enumerated() {
            let flags = ZMQ_DONTWAIT | (index < frames.count - 1 ? ZMQ_SNDMORE : 0)
            let sent = frame.withUnsafeBytes { zmq_send(handle, $0.baseAddress, $0.count, flags) }
            if sent < 0 { return false }
        }
        return true
    }

    /// Takes a message that has come.
    ///
    /// - Returns: nil when none has.
    public func receive() -> [Data]? {
        var frames: [Data] = []
        while true {
            var message = zmq_msg_t()
            zmq_msg_init(&message)
            defer { zmq_msg_close(&message) }
            guard zmq_msg_recv(&message, handle, ZMQ_DONTWAIT) >= 0 else { return nil }
            if let data = zmq_msg_data(&message) {
                frames.append(Data(bytes: data, count: zmq_msg_size(&message)))
            } else {
                frames.append(Data())
            }
            if zmq_msg_more(&message) == 0 { return frames }
        }
    }

    /// Waits until a message has come, `wake` was signalled, or the time is over.
    public func wait(orFor wake: WakeSignal?, milliseconds: Int) {
        var items = [zmq_pollitem_t(socket: handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)]
        if let wake { items.append(zmq_pollitem_t(socket: nil, fd: wake.readDescriptor, events: Int16(ZMQ_POLLIN), revents: 0)) }
        _ = zmq_poll(&items, Int32(items.count), milliseconds)
        wake?.clear()
    }

    private func set<Option>(_ option: Int32, to value: Option) throws(ZeroMQError) {
        var value = value
        guard zmq_setsockopt(handle, option, &value, MemoryLayout<Option>.size) == 0 else {
            throw ZeroMQError.last("setting a socket's option \(option)")
        }
    }
}
