internal import CZeroMQ

/// A libzmq context. It ends when it is released, after its sockets.
public final class ZeroMQContext: @unchecked Sendable {
    // Unchecked, because libzmq contexts may be used from any thread.
    let handle: UnsafeMutableRawPointer

    /// - Throws: ``ZeroMQError`` when the process has no descriptors left.
    public init() throws(ZeroMQError) {
        guard let handle = zmq_ctx_new() else { throw ZeroMQError.last("making a ZeroMQ context") }
        self.handle = handle
    }

    deinit {
        zmq_ctx_term(handle)
    }
}
