/// What `faasfarm steer` is to do: a gateway, and functions on it.
///
///     let plan = try SteeringPlan(yaml: text, file: "steer.yaml")
///     print(plan.functions.map(\.settings.function))
public struct SteeringPlan: Sendable, Hashable {
    /// Where the functions are.
    public struct Gateway: Sendable, Hashable {
        public var url: String
        public var username = "admin"
        public var passwordFile: String?
        public var authorities: String?
        public var namespace: String?
        /// Where its metrics are; nil: below ``url``. A real gateway has them on a port of their own, 8082.
        public var metricsURL: String?

        public init(url: String) { self.url = url }
    }

    /// HOST:PORT each; nil: nobody is listened to.
    public struct Listeners: Sendable, Hashable {
        /// Calls of the functions, instead of the gateway's own address.
        public var ingress: String?
        public var metrics: String?
        public var page: String?
        /// Where agents connect that steer functions: tcp://HOST:PORT or ipc://PATH.
        public var agents: String?
        /// KEDA's external scaler.
        public var keda: String?
        /// PEM files for a `keda` that is not loopback: certificate, key, authorities of clients.
        public var kedaCertificate: String?
        public var kedaKey: String?
        public var kedaClients: String?

        public init() {}
    }

    public var gateway: Gateway
    public var listeners = Listeners()
    /// The SQLite file of decisions and of what functions did.
    public var journal: String
    public var functions: [FunctionPlan]

    public init(gateway: Gateway, journal: String, functions: [FunctionPlan]) {
        (self.gateway, self.journal, self.functions) = (gateway, journal, functions)
    }
}

/// How one function is steered.
public struct FunctionPlan: Sendable, Hashable {
    /// Where its load is looked at.
    public enum Source: Sendable, Hashable {
        /// The calls that come through our own ingress.
        case ingress
        /// The gateway's metrics.
        case gateway
        case prometheus(PrometheusQueries)
    }

    public var settings: SteeringSettings
    /// Functions of the gateway that the number is spread over; one has the name of ``SteeringSettings/function``.
    public var pool: [String]
    public var policy: String
    public var fallback: String?
    public var mode = SteeringDecision.Mode.steer
    public var source = Source.gateway
    /// Calls of a worker at a time, of what comes through the ingress.
    public var concurrency = 1

    public init(settings: SteeringSettings, policy: String) {
        (self.settings, self.policy) = (settings, policy)
        pool = [settings.function]
    }
}

/// Where a Prometheus server is, and what it is asked. Each query gives one number; those that are nil are absent.
public struct PrometheusQueries: Sendable, Hashable {
    public var url: String
    public var tokenFile: String?
    public var username: String?
    public var passwordFile: String?
    public var authorities: String?
    /// Calls a second that come.
    public var arrivalRate: String
    /// Calls a second that end.
    public var completionRate: String?
    public var running: String?
    public var queued: String?
    /// Seconds.
    public var oldestAge: String?
    public var serviceSeconds: String?
    public var responseSeconds: String?
    /// Calls a second: lately, those that failed, those that met their deadline, those that did not.
    public var recentArrivalRate: String?
    public var failureRate: String?
    public var metRate: String?
    public var missedRate: String?
    /// When what the others tell was true, seconds since 1970.
    public var sampledAt: String?

    public init(url: String, arrivalRate: String) { (self.url, self.arrivalRate) = (url, arrivalRate) }
}
