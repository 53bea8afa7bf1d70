internal import CZeroMQ

/// Encryption and proof of identity by CURVE (ZeroMQ RFC 25, 26), to be set before the socket binds or connects.
extension ZeroMQSocket {
    /// Talks to nobody but clients that know this key's public half. Which clients those may be, says a
    /// ``CurveAuthenticator`` of the same context; without one, libzmq lets all of them in.
    ///
    /// - Throws: ``ZeroMQError`` where libzmq was built without CURVE.
    public func setCurveServer(_ key: CurveSecretKey) throws(ZeroMQError) {
        try set(ZMQ_CURVE_SERVER, to: Int32(1), "CURVE server role")
        try setText(ZMQ_CURVE_SECRETKEY, to: key.text, "secret key")
        try setText(ZMQ_ZAP_DOMAIN, to: "faasfarm", "authentication domain")
    }

    /// Talks to the server of that key, and to nobody else.
    ///
    /// - Parameters:
    ///   - key: this client's own.
    ///   - server: the server's public key.
    /// - Throws: ``ZeroMQError`` where libzmq was built without CURVE.
    public func setCurveClient(_ key: CurveSecretKey, server: CurvePublicKey) throws(ZeroMQError) {
        try setText(ZMQ_CURVE_PUBLICKEY, to: key.publicKey.text, "public key")
        try setText(ZMQ_CURVE_SECRETKEY, to: key.text, "secret key")
        try setText(ZMQ_CURVE_SERVERKEY, to: server.text, "server's public key")
    }

    private func setText(_ option: Int32, to text: String, _ name: String) throws(ZeroMQError) {
        // Texts are not repeated in the error: some are secret.
        guard zmq_setsockopt(handle, option, text, text.utf8.count) == 0 else {
            throw ZeroMQError.last("setting a socket's \(name)")
        }
    }
}
