internal import CZeroMQ
public import Foundation

/// A ZeroMQ socket. One thread owns it: it is made, used and released there.
public final class ZeroMQSocket {
    /// The pattern a socket takes part in.
    public enum Kind: Sendable, CaseIterable {
        case request, reply, router, dealer, pair

        var constant: Int32 {
            switch self {
            case .request: ZMQ_REQ
            case .reply: ZMQ_REP
            case .router: ZMQ_ROUTER
            case .dealer: ZMQ_DEALER
            case .pair: ZMQ_PAIR
            }
        }
    }

    let handle: UnsafeMutableRawPointer
    /// What it was made in.
    public let context: ZeroMQContext

    /// Pending messages are dropped when the socket is released, unless ``setLinger(milliseconds:)`` says otherwise.
    ///
    /// - Throws: ``ZeroMQError`` when the process has no descriptors left.
    public init(_ kind: Kind, in context: ZeroMQContext) throws(ZeroMQError) {
        guard let handle = zmq_socket(context.handle, kind.constant) else {
            throw ZeroMQError.last("making a ZeroMQ socket")
        }
        self.handle = handle
        self.context = context
        try setLinger(milliseconds: 0)
    }

    deinit {
        zmq_close(handle)
    }

    /// Listens on `endpoint`. A host `localhost` is taken for 127.0.0.1.
    ///
    /// - Returns: the endpoint with its real port.
    /// - Throws: ``ZeroMQError`` that names the endpoint.
    public func bind(_ endpoint: String) throws(ZeroMQError) -> String {
        let address = endpoint.replacing("//localhost:", with: "//127.0.0.1:")
        try checkPort(of: endpoint)
        try checkIsFree(endpoint)
        guard zmq_bind(handle, address) == 0 else { throw ZeroMQError.last("listening on \(endpoint)") }
        var buffer = [CChar](repeating: 0, count: 1_024)
        var size = buffer.count
        guard zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, &buffer, &size) == 0 else { return address }
        return String(decoding: buffer.prefix(max(0, size - 1)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Connects to `endpoint`, now or as soon as somebody listens there.
    ///
    /// - Throws: ``ZeroMQError`` when the endpoint makes no sense.
    public func connect(_ endpoint: String) throws(ZeroMQError) {
        try checkPort(of: endpoint)
        try checkIsReachable(endpoint)
        guard zmq_connect(handle, endpoint) == 0 else { throw ZeroMQError.last("connecting to \(endpoint)") }
    }

    /// Sends a message without waiting.
    ///
    /// - Returns: false when the peer is gone, cannot take it now, or it is not this socket's turn; the message is
    ///   dropped.
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

    /// Waits until a message has come, `wake` was signalled, or the time is over. May return early for no reason.
    public func wait(orFor wake: WakeSignal? = nil, milliseconds: Int) {
        // Not through the list of below: a server waits after every message.
        var items = (
            zmq_pollitem_t(socket: handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0),
            zmq_pollitem_t(socket: nil, fd: wake?.readDescriptor ?? -1, events: Int16(ZMQ_POLLIN), revents: 0)
        )
        withUnsafeMutablePointer(to: &items) { items in
            items.withMemoryRebound(to: zmq_pollitem_t.self, capacity: 2) {
                _ = zmq_poll($0, wake == nil ? 1 : 2, milliseconds)
            }
        }
        if items.1.revents != 0 { wake?.clear() }
    }

    /// Waits until a message has come to one of `sockets`, `wake` was signalled, or the time is over. May return early
    /// for no reason.
    public static func wait(on sockets: [ZeroMQSocket], orFor wake: WakeSignal? = nil, milliseconds: Int) {
        var items = sockets.map { zmq_pollitem_t(socket: $0.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0) }
        if let wake {
            items.append(zmq_pollitem_t(socket: nil, fd: wake.readDescriptor, events: Int16(ZMQ_POLLIN), revents: 0))
        }
        _ = zmq_poll(&items, Int32(items.count), milliseconds)
        wake?.clear()
    }
}
