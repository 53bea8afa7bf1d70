public import ZeroMQ

/// The keys of an encrypted connection: a server with keys answers nobody else.
public struct ClientKeys: Sendable, Hashable {
    /// This client's own; the server may have to know its public half.
    public var own: CurveSecretKey
    /// The server's. Who answers without its secret half is not listened to.
    public var server: CurvePublicKey

    public init(own: CurveSecretKey, server: CurvePublicKey) {
        self.own = own
        self.server = server
    }
}

extension ZeroMQSocket {
    /// Connects as a client of the environment protocol.
    ///
    /// - Parameter keys: nil for a server without keys.
    /// - Throws: ``ZeroMQError`` when the endpoint makes no sense, and where libzmq was built without CURVE.
    public func connect(_ endpoint: String, keys: ClientKeys?) throws(ZeroMQError) {
        if ZeroMQEndpoint.needsIPv6(endpoint) { try setIPv6() }
        if let keys { try setCurveClient(keys.own, server: keys.server) }
        try connect(endpoint)
    }
}

extension ClientKeys? {
    /// What to look for when nobody answers: a server with other keys is as silent as none.
    public var adviceOnSilence: String {
        self == nil
            ? "is a server running there, and does it do without keys?"
            : "is a server running there, are these its public key and a client key that it allows, and has it keys "
                + "at all?"
    }
}
