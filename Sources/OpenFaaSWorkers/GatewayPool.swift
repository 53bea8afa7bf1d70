public import Farm
public import Logging
import Numbers
public import OpenFaaS

/// Worker functions on a gateway, which belong to one farm at a time.
///
///     let gateway = GatewayClient(address: try GatewayAddress("http://127.0.0.1:8080"), credentials: nil)
///     let pool = GatewayPool(gateway: gateway, functions: ["worker-1", "worker-2"])
///     let farm = try await LiveFarm(
///         scenario: scenario, speed: 1, workers: pool.workers(for: scenario, speed: 1, logger: logger), logger: logger)
public struct GatewayPool: Sendable {
    /// What becomes of the workers when the farm is released.
    public enum OnRelease: String, Sendable, CaseIterable {
        /// As many as were found.
        case restore
        case keep
        /// The scenario's minimum.
        case minimum
    }

    /// How workers come about.
    public enum Style: String, Sendable, CaseIterable {
        /// Functions with several replicas each; the gateway is asked to scale them.
        case replicas
        /// One function for each worker, deployed and deleted. Needs a ``deployment``; the only style for faasd.
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

    public var gateway: GatewayClient
    public var style: Style
    /// Names of the functions; the desired number of workers is spread over them. With ``Style/functions`` the first is a
    /// prefix: the workers are NAME-1, NAME-2 and so on, as many as the scenario has at most.
    public var functions: [String]
    /// What the farm deploys the functions as, and deletes at its end; nil: they are there already.
    public var deployment: FunctionDeployment?
    public var onRelease: OnRelease
    /// nil: functions are called directly.
    public var queue: Queue?
    /// Keeps what was found on disk, and the functions from other daemons; nil: nothing does.
    public var records: FoundWorkers?
    /// Replicas that the gateway is known to keep of each function, whatever it is asked for; nil: not known.
    public var leastReplicas: Int?
    /// Whether nobody else uses the gateway, which is in this program: names can be new for each farm.
    public var isPrivate = false
    /// After a deletion that the gateway answered with "not found", so long until the function is looked for once more: faasd says
    /// so, too, while another deletion is under way, and that one may fail after 30 s.
    public var deletionDoubt = Duration.seconds(35)
    /// How long giving the workers back may take.
    public var releaseLimit: Duration

    public init(
        gateway: GatewayClient, style: Style = .replicas, functions: [String], deployment: FunctionDeployment? = nil,
        onRelease: OnRelease = .restore, releaseLimit: Duration = .seconds(10)
    ) {
        self.gateway = gateway
        self.style = style
        self.functions = functions
        self.deployment = deployment
        self.onRelease = onRelease
        self.releaseLimit = releaseLimit
    }

    /// The workers of a farm on the pool.
    ///
    /// - Parameter turn: of farms after each other; a private pool's functions have it in their names, because the last
    ///   farm's may still be draining.
    public func workers(for scenario: Scenario, speed: Double, turn: Int = 0, logger: Logger) -> FarmWorkers {
        var pool = self
        if isPrivate { pool.functions = functions.map { "\($0)-\(turn)" } }
        let invoker: any TaskInvoker =
            if let queue {
                QueueInvoker(pool, queue, attemptLimit: scenario.retry.attemptLimit, speed: speed)
            } else {
                DirectInvoker(pool: pool)
            }
        let found = FoundFunctions(pool)
        let scaler: any WorkerScaler =
            switch style {
            case .replicas:
                ReplicaScaler(pool: pool, found: found, scenario: scenario, speed: speed, logger: logger)
            case .functions: FunctionScaler(pool, found, scenario, speed: speed, logger: logger)
            }
        return FarmWorkers(scaler: scaler, invoker: invoker)
    }

    /// What the farm deploys as the worker function `name`.
    func specification(
        of name: String, _ deployment: FunctionDeployment, _ scenario: Scenario, speed: Double
    ) -> FunctionDeployment {
        // A watchdog waits so long before it ends; with its own 30 s, faasd's deletions fail.
        let usual = ["max_inflight": "1", "healthcheck_interval": "1s"]
        var envVars = usual.merging(deployment.envVars ?? [:]) { $1 }
        let startUp = scenario.stages.first.startUp
        let durations = [
            "start_delay": startUp.mean, "start_delay_sd": startUp.standardDeviation, "start_delay_min": startUp.min,
            "start_delay_max": startUp.max,
        ]
        for (key, seconds) in durations where isPrivate {
            envVars[key] = "\(Int(clamping: (seconds / speed * 1_000).rounded()))ms"
        }
        var function = deployment
        function.service = name
        function.envVars = envVars
        function.labels = deployment.labels ?? ["com.openfaas.scale.min": "1"]
        function.annotations = [Self.annotation: onRelease == .restore ? Self.temporary : onRelease.rawValue]
        return function
    }

    static let annotation = "faasfarm"
    /// The annotation of a function that is to be deleted by whoever finds it without its daemon.
    static let temporary = "worker"
}
