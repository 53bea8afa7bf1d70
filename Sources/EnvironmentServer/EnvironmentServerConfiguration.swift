public import ZeroMQ

/// How a daemon serves.
public struct EnvironmentServerConfiguration: Sendable {
    /// tcp://HOST:PORT (port 0 or * takes a free one), ipc://PATH, whose socket only this user may use, or inproc://NAME for
    /// clients in this process, with a ``context``.
    public var endpoint = "tcp://127.0.0.1:5555"
    /// What clients of an inproc:// endpoint share with the server; nil makes one, which nobody else has. There are neither
    /// keys nor limits on messages within a process.
    public var context: ZeroMQContext?
    /// Keys of the daemon and its clients; nil: no encryption, and whoever reaches the endpoint is served.
    public var curve: CurveConfiguration?
    /// Whether an endpoint that other machines can reach is accepted without keys.
    public var allowsRemote = false
    /// A peer that sends a longer message is disconnected.
    public var maxMessageBytes = 16 << 20
    /// More sessions at a time are refused with `RESOURCE_EXHAUSTED / CAPACITY`.
    public var maxSessions = 2_048
    /// Sub-environments that a session may have.
    public var maxNumEnvs = 8_192
    /// Bytes that the environments of a session may take, by an estimate when it is made; more is refused with
    /// `RESOURCE_EXHAUSTED / CAPACITY`.
    public var maxSessionBytes = 4 << 30
    /// A session that is silent for so long is closed.
    public var idleTimeout = Duration.seconds(300)
    /// How long the end of the daemon waits for environments to close.
    public var closeTimeout = Duration.seconds(1)
    /// What `hello` answers, beside the name `faasfarm`.
    public var serverVersion = "0.1.0"

    /// The values above.
    public init() {}

    /// Loopback and ipc need no permission; nor does anything else with keys.
    func checkEndpoint() throws(EndpointRefused) {
        if endpoint.hasPrefix("ipc://") { return }
        if endpoint.hasPrefix("inproc://") { return try checkInProcess() }
        guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":") else {
            throw EndpointRefused(
                description: "\(endpoint) is not an endpoint; expected tcp://HOST:PORT or ipc://PATH")
        }
        if let fault = ZeroMQEndpoint.fault(of: endpoint) {
            throw EndpointRefused(description: "\(endpoint) is not an endpoint: \(fault)")
        }
        let host = endpoint[..<colon].dropFirst("tcp://".count)
        guard curve != nil || allowsRemote || ZeroMQEndpoint.isLoopback(host) else {
            throw EndpointRefused(
                description: "\(endpoint) can be reached by other machines, and whoever reaches it steers the farm; "
                    + "use a loopback address or ipc://, or keys (`faasfarm keys`, then --server-key and "
                    + "--allow-clients), or allow it with --insecure")
        }
    }

    private func checkInProcess() throws(EndpointRefused) {
        guard context != nil else {
            throw EndpointRefused(
                description:
                    "\(endpoint) is for clients in the server's own process, which share its ZeroMQ context; "
                    + "use tcp://HOST:PORT or ipc://PATH, or give the configuration the context")
        }
        guard curve == nil else {
            throw EndpointRefused(
                description:
                    "\(endpoint) is for clients in the server's own process, between which ZeroMQ uses no "
                    + "keys; leave them out, or use tcp://HOST:PORT or ipc://PATH")
        }
    }
}

/// An endpoint that is not served, or not without permission.
public struct EndpointRefused: Error, Sendable, CustomStringConvertible {
    /// Why, and what to do.
    public let description: String
}
