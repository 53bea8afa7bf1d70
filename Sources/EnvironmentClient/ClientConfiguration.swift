public import Gymnasium
public import ZeroMQ

/// Where a server is, and how long to wait for it.
public struct ClientConfiguration: Sendable {
    /// tcp://HOST:PORT, ipc://PATH, or inproc://NAME for a server in this process.
    public var endpoint: String
    /// The server's own for inproc:// endpoints; nil makes one.
    public var context: ZeroMQContext?
    /// For a server with keys; nil: it has none.
    public var keys: ClientKeys?
    /// The least time after which a call is given up, in seconds of real time. Slow steps and resets get more, by what
    /// the server expects of them.
    public var patienceSeconds = 10.0
    /// Seconds of real time after which a request is sent again, at first; later waits are longer. nil: by what the
    /// server expects.
    public var retrySeconds: Double?
    /// What the server may log.
    public var clientName = "faasfarm-swift"
    /// What the server may log.
    public var clientVersion = "0.1.0"

    /// - Parameter endpoint: where the server listens, now or soon.
    public init(_ endpoint: String, context: ZeroMQContext? = nil, keys: ClientKeys? = nil) {
        self.endpoint = endpoint
        self.context = context
        self.keys = keys
    }
}

/// What a server is to make.
public struct RemoteMake: Sendable {
    /// The server's id of the environment.
    public var id: String
    /// Sub-environments, 1 or more. One is had of servers without vectors too.
    public var count: Int
    public var autoresetMode: AutoresetMode
    /// The environment's arguments, sorted by key.
    public var arguments: [Value.Entry]
    /// One of the environment's render modes; nil: nothing is rendered.
    public var renderMode: String?
    /// Shortens the environment's own time limit, in steps; nil leaves it.
    public var maxEpisodeSteps: Int?
    /// Whether episodes are recorded; nil: when the server records.
    public var isRecorded: Bool?

    public init(
        _ id: String, count: Int = 1, autoresetMode: AutoresetMode = .nextStep, arguments: [Value.Entry] = [],
        renderMode: String? = nil, maxEpisodeSteps: Int? = nil, isRecorded: Bool? = nil
    ) {
        self.id = id
        self.count = count
        self.autoresetMode = autoresetMode
        self.arguments = arguments
        self.renderMode = renderMode
        self.maxEpisodeSteps = maxEpisodeSteps
        self.isRecorded = isRecorded
    }
}
