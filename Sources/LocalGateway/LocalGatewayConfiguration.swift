import Foundation

/// How a ``LocalGateway`` listens and what it allows.
public struct LocalGatewayConfiguration: Sendable {
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
    /// How many calls may wait for a first ready replica of a function; more are answered at once as if the limit had
    /// passed, since each holds its body.
    public var mostWaitingCalls = 4_096
    /// The most replicas that a function can be scaled to.
    public var maximumReplicas = 512
    /// Request and answer bodies may have so many bytes; longer requests are answered 413.
    public var maximumBodyBytes = 16 << 20
    public var profile = Profile.standard
    /// What the profile's waits are multiplied by; 0: none.
    public var slowness = 1.0
    /// How many replicas may be starting at once; the others wait, so that many cold workers do not swamp the machine. nil:
    /// twice the number of processors, and a start of more than two seconds lets the next one begin.
    public var parallelStarts: Int?
    /// For how long a connection may be silent while its request has not come whole, or before its next one. Longer than
    /// libcurl keeps an idle connection (118 s), so that no call meets a connection that is being closed.
    public var idleLimit: Duration = .seconds(180)
    /// A file in which queued calls survive the gateway; made when it is not there. nil: they end with it.
    public var queueFile: String?
    /// How many queued calls run at once; nil: as many as with the profile's edition.
    public var queueConcurrency: Int?
    public var faults: [FaultRule] = []
    /// Equal seeds and equal orders of requests meet equal faults.
    public var faultSeed: UInt64 = 0

    public init() {}

    static let usualParallelStarts = max(2, 2 * ProcessInfo.processInfo.activeProcessorCount)

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
