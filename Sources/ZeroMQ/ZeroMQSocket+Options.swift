internal import CZeroMQ

/// Options are set before the socket binds or connects. Each throws ``ZeroMQError`` for a value libzmq does not take.
extension ZeroMQSocket {
    /// How long the end of the context waits for what was sent to leave the machine.
    public func setLinger(milliseconds: Int) throws(ZeroMQError) {
        try set(ZMQ_LINGER, to: Int32(clamping: milliseconds), "linger")
    }

    /// A peer that sends a longer frame is disconnected.
    public func setMaxMessageSize(_ bytes: Int) throws(ZeroMQError) {
        try set(ZMQ_MAXMSGSIZE, to: Int64(bytes), "maximal message size")
    }

    /// How many messages wait for a peer, or from one, before sending fails and the peer is held back.
    public func setHighWaterMark(_ messages: Int) throws(ZeroMQError) {
        try set(ZMQ_SNDHWM, to: Int32(clamping: messages), "high-water mark")
        try set(ZMQ_RCVHWM, to: Int32(clamping: messages), "high-water mark")
    }

    /// Makes sending to an unknown peer fail instead of dropping silently (router).
    public func setRouterMandatory() throws(ZeroMQError) {
        try set(ZMQ_ROUTER_MANDATORY, to: Int32(1), "mandatory routing")
    }

    /// Gives a routing id that comes a second time to the newer peer, and hangs up on the older (router). Without it the
    /// newer peer's messages are dropped and nobody is told; a client that was killed and is started anew under its old
    /// name would not be heard until the old connection is found dead.
    public func setRouterHandover() throws(ZeroMQError) {
        try set(ZMQ_ROUTER_HANDOVER, to: Int32(1), "handover of routing ids")
    }

    /// Pings peers and drops those that do not answer within as long again.
    public func setHeartbeat(milliseconds: Int) throws(ZeroMQError) {
        try set(ZMQ_HEARTBEAT_IVL, to: Int32(clamping: milliseconds), "heartbeat")
    }

    /// Lets a request be sent before the last one is answered; a late answer to the last one is then dropped (request).
    public func setRequestRelaxed() throws(ZeroMQError) {
        try set(ZMQ_REQ_RELAXED, to: Int32(1), "relaxed requests")
        try set(ZMQ_REQ_CORRELATE, to: Int32(1), "correlated requests")
    }

    /// Accepts IPv6 addresses.
    public func setIPv6() throws(ZeroMQError) {
        try set(ZMQ_IPV6, to: Int32(1), "IPv6")
    }

    func set<Option: FixedWidthInteger>(
        _ option: Int32, to value: Option, _ name: String
    ) throws(ZeroMQError) {
        var value = value
        guard zmq_setsockopt(handle, option, &value, MemoryLayout<Option>.size) == 0 else {
            throw ZeroMQError.last("setting a socket's \(name) to \(value)")
        }
    }
}
