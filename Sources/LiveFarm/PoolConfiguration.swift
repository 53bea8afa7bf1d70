public import OpenFaaS

/// A pool of worker functions on a gateway, owned by one farm at a time.
public struct PoolConfiguration: Sendable {
    /// What a reset does with the workers it finds.
    public enum OnReset: String, Sendable, CaseIterable {
        /// Waits for running calls, then scales to the scenario's initial number.
        case drain
        /// Takes the number it finds (inside the scenario's bounds).
        case adopt
    }

    /// What becomes of the workers when the farm is released.
    public enum OnRelease: String, Sendable, CaseIterable {
        /// As many as were found.
        case restore
        case keep
        /// The scenario's minimum.
        case minimum
    }

    /// A worker function that the farm deploys itself, and deletes at its end.
    public struct Deployment: Sendable {
        public var image: String
        /// Command line of a worker process; empty: the image's own.
        public var envProcess: String
        public var envVars: [String: String]
        public var labels: [String: String]

        public init(
            image: String = "faasfarm/worker", envProcess: String, envVars: [String: String] = [:],
            labels: [String: String] = ["com.openfaas.scale.min": "1"]
        ) {
            self.image = image
            self.envProcess = envProcess
            self.envVars = envVars
            self.labels = labels
        }
    }

    /// How workers come about.
    public enum Style: String, Sendable, CaseIterable {
        /// Functions with several replicas each; the gateway is asked to scale them.
        case replicas
        /// One function for each worker, deployed and deleted. Needs a ``Deployment``; the only style for faasd.
        case functions
    }

    /// Calls through the gateway's queue instead of directly.
    public struct Queue: Sendable {
        public var desk: CallbackDesk
        /// Longer bodies are not sent, in bytes. OpenFaaS CE takes 256,000.
        public var bodyLimit: Int
        /// How long the callback of the call that tests the way may take.
        public var selfTestLimit: Duration

        public init(desk: CallbackDesk, bodyLimit: Int = 256_000, selfTestLimit: Duration = .seconds(10)) {
            self.desk = desk
            self.bodyLimit = bodyLimit
            self.selfTestLimit = selfTestLimit
        }
    }

    /// What every task's request carries beside its own headers and body.
    public struct RequestExtras: Sendable {
        /// A task's own header of the same name goes before.
        public var headers: [(name: String, value: String)]
        /// As it stands behind the "?"; nil: none.
        public var query: String?

        public init(headers: [(name: String, value: String)] = [], query: String? = nil) {
            self.headers = headers
            self.query = query
        }
    }

    public var gateway: GatewayClient
    public var style: Style
    /// Names of the functions; the desired number of workers is spread over them. With ``Style/functions`` the first is a
    /// prefix: the workers are NAME-1, NAME-2 and so on, as many as the scenario has at most.
    public var functions: [String]
    /// nil: the functions are there already.
    public var deployment: Deployment?
    public var onReset: OnReset
    public var onRelease: OnRelease
    /// nil: functions are called directly.
    public var queue: Queue?
    public var request = RequestExtras()
    /// Brings tasks over HTTP, beside the scenario's.
    public var ingress: Ingress?
    /// Counts what the farm does, if anybody wants to know.
    public var meter: FarmMeter?
    /// Keeps what was found on disk, and the functions from other daemons; nil: nothing does.
    public var records: FoundWorkers?
    /// Replicas that the gateway is known to keep of each function, whatever it is asked for; nil: not known.
    public var leastReplicas: Int?
    /// Whether nobody else uses the gateway, so that names can be new for each farm.
    public var isPrivate = false
    /// A function that the gateway does not know for so long ends the episode.
    public var missingLimit: Duration
    /// After a deletion that the gateway answered with "not found", so long until the function is looked for once more: faasd says
    /// so, too, while another deletion is under way, and that one may fail after 30 s.
    public var deletionDoubt = Duration.seconds(35)
    /// A gateway that refuses to scale for so long ends a reset, which waits longer for workers that start.
    public var refusalLimit = Duration.seconds(5)
    /// How long giving the workers back may take.
    public var releaseLimit: Duration
    /// Between two looks at the worker counts, when nothing changes.
    public var pollInterval: Duration

    public init(
        gateway: GatewayClient, style: Style = .replicas, functions: [String], deployment: Deployment? = nil,
        onReset: OnReset = .drain,
        onRelease: OnRelease = .restore, missingLimit: Duration = .seconds(10),
        releaseLimit: Duration = .seconds(10), pollInterval: Duration = .milliseconds(250)
    ) {
        self.gateway = gateway
        self.style = style
        self.functions = functions
        self.deployment = deployment
        self.onReset = onReset
        self.onRelease = onRelease
        self.missingLimit = missingLimit
        self.releaseLimit = releaseLimit
        self.pollInterval = pollInterval
    }

    /// The functions' names for a scenario with `most` workers at most.
    func names(most: Int) -> [String] {
        guard style == .functions, let prefix = functions.first else { return functions }
        return most > 0 ? (1...most).map { "\(prefix)-\($0)" } : []
    }
}
