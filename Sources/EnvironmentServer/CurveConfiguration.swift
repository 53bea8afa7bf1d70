public import ZeroMQ

/// Encryption, and who may connect: the daemon talks to holders of allowed keys only, and proves that it is itself.
public struct CurveConfiguration: Sendable {
    /// Whose keys are let in.
    public enum Clients: Sendable, Hashable {
        /// Whoever knows the daemon's public key, with any key of his own. The traffic is encrypted.
        case any
        /// Holders of these keys.
        case only(Set<CurvePublicKey>)
    }

    /// The daemon's own key; clients need its public half.
    public var serverKey: CurveSecretKey
    public var clients: Clients

    public init(serverKey: CurveSecretKey, clients: Clients) {
        self.serverKey = serverKey
        self.clients = clients
    }

    func admits(_ key: CurvePublicKey) -> Bool {
        switch clients {
        case .any: true
        case .only(let keys): keys.contains(key)
        }
    }
}
