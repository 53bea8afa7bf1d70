/// How a daemon serves.
public struct EnvironmentServerConfiguration: Sendable {
    /// tcp://HOST:PORT (port 0 or * takes a free one) or ipc://PATH.
    public var endpoint = "tcp://127.0.0.1:5555"
    /// Whether an endpoint that other machines can reach is accepted. There is no encryption yet.
    public var allowsRemote = false
    /// A peer that sends a longer message is disconnected.
    public var maxMessageBytes = 16 << 20
    public var maxSessions = 1_024
    /// A session that is silent for so long is closed.
    public var idleTimeout = Duration.seconds(300)
    /// How long the end of the daemon waits for environments to close.
    public var closeTimeout = Duration.seconds(1)
    public var serverName = "faasfarm"
    public var serverVersion = "0.1.0"

    public init() {}

    /// Loopback and ipc need no permission.
    func checkEndpoint() throws(EndpointRefused) {
        guard !allowsRemote, !endpoint.hasPrefix("ipc://") else { return }
        let host = endpoint.dropFirst("tcp://".count).prefix { $0 != ":" }
        let isLoopback = host == "localhost" || host.hasPrefix("127.") || endpoint.hasPrefix("tcp://[::1]:")
        guard isLoopback else {
            throw EndpointRefused(
                description: "\(endpoint) can be reached by other machines, and whoever reaches it steers the farm; "
                    + "use a loopback address or ipc://, or allow it with --insecure")
        }
    }
}

/// An endpoint that is not served without permission.
public struct EndpointRefused: Error, Sendable, CustomStringConvertible {
    public let description: String
}
