extension LocalGatewayConfiguration {
    /// Whose limits, status codes and slowness the gateway imitates. `docs/openfaas.md` has the table.
    public enum Profile: String, Sendable, CaseIterable {
        /// Status codes of OpenFaaS on Kubernetes, no limits of an edition, calls go to a free replica.
        case standard
        /// OpenFaaS Community Edition on Kubernetes: 15 functions, 1 to 5 replicas each without a word about it, ready after
        /// the probe's delay, calls go to any replica.
        case ce
        /// faasd: 15 functions of one replica, updates and deletions within the request.
        case faasd
    }
}

extension LocalGatewayConfiguration.Profile {
    /// Of a deployment, an update, a deletion and a scale request that was taken.
    var acceptedStatus: Int { self == .faasd ? 200 : 202 }

    /// How many functions there may be; nil: any number.
    var functionLimit: Int? { self == .standard ? nil : 15 }

    /// The number of replicas that a request for `count` brings about. The gateway itself moves it to 1…5, faasd then has one.
    func replicas(for count: Int) -> Int {
        switch self {
        case .standard: count
        case .ce: min(max(count, 1), 5)
        case .faasd: 1
        }
    }

    /// The most that an alert may scale to, whatever the label says.
    func alertMaximum(_ maximum: Int) -> Int { self == .standard ? maximum : 5 }

    /// Which name of a scale request counts: faasd's provider reads the body, that of Kubernetes the path.
    var readsNameInBody: Bool { self == .faasd }

    /// The answer to scaling a function that is not there.
    func missing(_ name: String) -> Refusal {
        self == .ce ? Refusal(500, "unable to look up the function \(name)") : .notFound(name)
    }

    /// A list of faasd's never says how many replicas are ready.
    var listsReady: Bool { self != .faasd }

    /// From a replica's start to its being ready, at least.
    var readinessDelay: Duration { self == .ce ? .seconds(2) : .zero }

    /// Whether a call goes to any ready replica, busy or not.
    var picksAtRandom: Bool { self == .ce }

    /// The longest body that the queue takes, in bytes, and the status of the answer to a longer one.
    var queueLimit: (bytes: Int, status: Int) { self == .standard ? (1 << 20, 413) : (256_000, 500) }

    /// How many queued calls run at once when nothing else is said.
    var queueConcurrency: Int { self == .standard ? 16 : 1 }

    /// How long faasd takes to stop the replica of `specification`: its watchdog waits for a health check.
    func stopDelay(of specification: FunctionSpecification) -> Duration {
        guard self == .faasd else { return .zero }
        let texts = ["healthcheck_interval", "write_timeout"].compactMap { specification.envVars[$0] }
        return texts.first.flatMap(GoDuration.parse) ?? Self.stopLimit
    }

    /// After so long faasd gives up stopping a replica.
    static var stopLimit: Duration { .seconds(30) }

    /// - Throws: ``Refusal`` 400 for labels that the edition does not take.
    func check(labels: [String: String]) throws(Refusal) {
        guard self == .ce else { return }
        let prefix = "com.openfaas.scale."
        for name in ["zero-duration", "target", "type"] where labels[prefix + name] != nil {
            throw Refusal(400, "the label \(prefix)\(name) is not supported by the Community Edition")
        }
        if labels[prefix + "zero"] == "true" {
            throw Refusal(400, "the label \(prefix)zero is not supported by the Community Edition")
        }
        for name in ["min", "max"] {
            guard let text = labels[prefix + name], let count = Int(text), count > 5 else { continue }
            throw Refusal(400, "the label \(prefix)\(name) is \(count); the Community Edition has at most 5 replicas")
        }
    }
}
