internal import CZeroMQ
public import Foundation

/// A ZeroMQ socket. One thread owns it: it is made, used and released there.
///
///     let socket = try ZeroMQSocket(.request, in: try ZeroMQContext())
///     try socket.connect("tcp://127.0.0.1:5555")
///     _ = socket.send([Data(#"{"ping": {}}"#.utf8)])
///     socket.wait(milliseconds: 1_000)
///     let reply = socket.receive()?.last
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
    /// Becomes readable when the socket has something to look at; once for all that has come by then.
    private let descriptor: Int32
    /// Milliseconds that a receive waits, as last set.
    private var patience: Int32 = -1
    /// What it was made in.
    public let context: ZeroMQContext

    /// Pending messages are dropped when the socket is released, unless ``setLinger(milliseconds:)`` says otherwise.
    ///
    /// - Throws: ``ZeroMQError`` when the process has no descriptors left.
    public init(_ kind: Kind, in context: ZeroMQContext) throws(ZeroMQError) {
        guard let handle = zmq_socket(context.handle, kind.constant) else {
            throw ZeroMQError.last("making a ZeroMQ socket")
        }
        var descriptor: Int32 = -1
        var size = MemoryLayout<Int32>.size
        guard zmq_getsockopt(handle, ZMQ_FD, &descriptor, &size) == 0 else {
            let error = ZeroMQError.last("making a ZeroMQ socket")
            zmq_close(handle)
            throw error
        }
        self.handle = handle
        self.descriptor = descriptor
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
        try checkForm(of: endpoint)
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
        try checkForm(of: endpoint)
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

    /// Sends a message without waiting, as ``send(_:)-swift.method``.
    ///
    /// - Parameter payload: the last frame.
    public func send(_ envelope: [Data], _ payload: UnsafeRawBufferPointer) -> Bool {
        for frame in envelope {
            let sent = frame.withUnsafeBytes { zmq_send(handle, $0.baseAddress, $0.count, ZMQ_DONTWAIT | ZMQ_SNDMORE) }
            if sent < 0 { return false }
        }
        return zmq_send(handle, payload.baseAddress, payload.count, ZMQ_DONTWAIT) >= 0
    }

    /// Takes a message that has come.
    ///
    /// - Returns: nil when none has.
    public func receive() -> [Data]? {
        let message = IncomingMessage()
        guard receive(message) else { return nil }
        return message.envelope + [Data(message.payload)]
    }

    /// Takes a message that has come into `message`.
    ///
    /// - Returns: whether one had.
    public func receive(_ message: IncomingMessage) -> Bool { message.take(from: handle, flags: ZMQ_DONTWAIT) }

    /// Takes a message into `message`, and waits for it. May return early for no reason.
    ///
    /// - Returns: whether one came.
    public func receive(_ message: IncomingMessage, milliseconds: Int) -> Bool {
        let patience = Int32(clamping: max(0, milliseconds))
        if patience != self.patience {
            guard (try? set(ZMQ_RCVTIMEO, to: patience, "patience")) != nil else { return false }
            self.patience = patience
        }
        return message.take(from: handle, flags: 0)
    }

    /// Waits until a message has come, `wake` was signalled, or the time is over. May return early for no reason.
    ///
    /// Right after ``receive(_:)`` has found nothing: what came before that does not end the wait.
    public func wait(orFor wake: WakeSignal, milliseconds: Int) {
        // Not `zmq_poll`, which asks the socket twice for what the next receive finds out anyway.
        var items = (
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake.readDescriptor, events: Int16(POLLIN), revents: 0)
        )
        withUnsafeMutablePointer(to: &items) { items in
            items.withMemoryRebound(to: pollfd.self, capacity: 2) {
                _ = poll($0, 2, Int32(clamping: milliseconds))
            }
        }
        if items.1.revents != 0 { wake.clear() }
    }

    /// Waits until a message has come, or the time is over. May return early for no reason.
    public func wait(milliseconds: Int) {
        var item = zmq_pollitem_t(socket: handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
        _ = zmq_poll(&item, 1, milliseconds)
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
