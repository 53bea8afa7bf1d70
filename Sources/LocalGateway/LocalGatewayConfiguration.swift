/// How a ``LocalGateway`` listens and what it allows.
public struct LocalGatewayConfiguration: Sendable {
    /// Whose limits and habits the gateway imitates.
    public enum Profile: String, Sendable, CaseIterable {
        /// Status codes of OpenFaaS on Kubernetes, no limits of an edition, calls go to a free replica.
        case standard
    }

    /// A name or address of this machine to listen on. Other than loopback needs a ``password``: who reaches the gateway
    /// can run programs.
    public var host = "127.0.0.1"
    /// 0 takes a free one, see ``LocalGateway/waitUntilBound()``.
    public var port = 8080
    public var username = "admin"
    /// Asked for on `/system/`; nil: nobody is asked.
    public var password: String?
    /// How long a call waits for a first ready replica before it is answered 503.
    public var coldStartLimit: Duration = .seconds(30)
    /// How long a call may take on a replica whose function has no `exec_timeout`, before it is answered 502.
    public var upstreamTimeout: Duration = .seconds(3_600)
    /// The most replicas that a function can be scaled to.
    public var maximumReplicas = 512
    /// Request and answer bodies may have so many bytes; longer requests are answered 413.
    public var maximumBodyBytes = 16 << 20
    public var profile = Profile.standard

    public init() {}

    var isLoopback: Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}

/// Why a ``LocalGateway`` could not run.
public struct LocalGatewayError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The configuration cannot be run as it is.
        case invalidConfiguration
        /// The address could not be listened on.
        case notBound
        /// The gateway has ended, or was run a second time.
        case ended
    }

    public let kind: Kind
    public let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
