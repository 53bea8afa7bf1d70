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
        /// Command line of a worker process.
        public var envProcess: String
        public var envVars: [String: String]

        public init(image: String = "faasfarm/worker", envProcess: String, envVars: [String: String] = [:]) {
            self.image = image
            self.envProcess = envProcess
            self.envVars = envVars
        }
    }

    public var gateway: GatewayClient
    /// Names of the functions; the desired number of workers is spread over them.
    public var functions: [String]
    /// nil: the functions are there already.
    public var deployment: Deployment?
    public var onReset: OnReset
    public var onRelease: OnRelease
    /// A function that the gateway does not know for so long ends the episode.
    public var missingLimit: Duration
    /// Between two looks at the worker counts, when nothing changes.
    public var pollInterval: Duration

    public init(
        gateway: GatewayClient, functions: [String], deployment: Deployment? = nil, onReset: OnReset = .drain,
        onRelease: OnRelease = .restore, missingLimit: Duration = .seconds(10),
        pollInterval: Duration = .milliseconds(250)
    ) {
        self.gateway = gateway
        self.functions = functions
        self.deployment = deployment
        self.onReset = onReset
        self.onRelease = onRelease
        self.missingLimit = missingLimit
        self.pollInterval = pollInterval
    }
}
