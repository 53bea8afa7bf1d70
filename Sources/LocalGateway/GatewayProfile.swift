extension LocalGatewayConfiguration {
    /// Whose limits, status codes, texts and slowness the gateway imitates: a value for each, so that a new edition is a new
    /// list of them. `docs/openfaas.md` has the table.
    public struct Profile: Sendable {
        /// As people write it.
        public let name: String

        /// Of a deployment, an update, a deletion and a scale request that was taken.
        var acceptedStatus = 202
        /// How many functions there may be; nil: any number.
        var functionLimit: Int?
        /// The numbers of replicas that a request can bring about; others are moved there without a word. nil: any.
        var replicas: ClosedRange<Int>?
        /// Replicas that each function keeps, whatever is asked for.
        public var leastReplicas: Int { replicas?.lowerBound ?? 0 }
        /// The most that an alert may scale to, whatever the label says; nil: what the label says.
        var alertMaximum: Int?
        /// Which name of a scale request counts: faasd's provider reads the body, that of Kubernetes the path.
        var readsNameInBody = false
        /// Whether a list says how many replicas are ready.
        var listsReady = true
        var readiness = Readiness.answersHealth
        /// Whether a replica that is not wanted any more is told so in the middle of its calls.
        var stopsBusyReplicas = false
        /// Whether a call goes to any ready replica, busy or not.
        var picksAtRandom = false
        /// How calls that bring no answer of the function are answered.
        var failures = Failures.gateway
        var deletion = Deletion.atOnce
        /// Whether updates and deletions are answered once the replica has ended, which the watchdog puts off.
        var waitsForStops = false
        /// The longest body that the queue takes, in bytes, and the status of the answer to a longer one.
        var queueLimit = (bytes: 1 << 20, status: 413)
        /// How many queued calls run at once when nothing else is said.
        var queueConcurrency = 16
        var words = Words.standard

        /// When a replica counts as ready.
        enum Readiness: Sendable, Equatable {
            /// Once the function answers its health path.
            case answersHealth
            /// So long after its start, whether the function listens by then or not: what is probed is the watchdog.
            case started(after: Duration)
        }

        /// Who answers for a replica that does not.
        enum Failures: Sendable {
            /// The gateway, 502 and 503.
            case gateway
            /// The function's watchdog or the provider's proxy, 500; the gateway for functions that it cannot scale.
            case platform
        }

        /// What becomes of a function that is deleted.
        enum Deletion: Sendable {
            /// It is not there any more.
            case atOnce
            /// It is there until its replicas have ended; Kubernetes deletes in the foreground.
            case foreground
            /// It is hidden while its replica is stopped within the request, and back when that fails.
            case inRequest
        }
    }
}

extension LocalGatewayConfiguration.Profile {
    /// Status codes of OpenFaaS on Kubernetes and no limits of an edition; calls go to a free replica, and replicas finish
    /// theirs: no more trouble than a farm needs to be developed.
    public static let standard = Self(name: "standard")

    /// OpenFaaS Community Edition on Kubernetes: 15 functions, 1 to 5 replicas each without a word about it, ready two
    /// seconds after their start; calls go to any replica, and replicas end in the middle of them.
    public static let ce = Self(
        name: "ce", functionLimit: 15, replicas: 1...5, alertMaximum: 5, readiness: .started(after: .seconds(2)),
        stopsBusyReplicas: true, picksAtRandom: true, failures: .platform, deletion: .foreground,
        queueLimit: (256_000, 500), queueConcurrency: 1, words: .kubernetes)

    /// faasd: 15 functions of one replica, ready from their start on; updates and deletions within the request.
    public static let faasd = Self(
        name: "faasd", acceptedStatus: 200, functionLimit: 15, replicas: 1...1, alertMaximum: 5, readsNameInBody: true,
        listsReady: false, readiness: .started(after: .zero), stopsBusyReplicas: true, failures: .platform,
        deletion: .inRequest, waitsForStops: true, queueLimit: (256_000, 500), queueConcurrency: 1, words: .faasd)

    /// All there are.
    public static let all = [standard, ce, faasd]

    /// The number of replicas that a request for `count` brings about.
    func replicas(for count: Int) -> Int {
        guard let replicas else { return count }
        return min(max(count, replicas.lowerBound), replicas.upperBound)
    }

    /// How long the replica of `specification` takes to stop: its watchdog waits for a health check.
    func stopDelay(of specification: FunctionSpecification) -> Duration {
        guard waitsForStops else { return .zero }
        let texts = ["healthcheck_interval", "write_timeout"].compactMap { specification.envVars[$0] }
        return texts.first.flatMap(GoDuration.parse) ?? Self.stopLimit
    }

    /// After so long faasd gives up stopping a replica.
    static var stopLimit: Duration { .seconds(30) }

    /// Why a call of a function with `labels` fails before it reaches a replica; nil: it does not.
    func flaw(in labels: [String: String]) -> String? {
        // The gateway of both editions reads the label at each call; none of its values stops the autoscaler.
        guard failures == .platform, let text = labels["com.openfaas.scale.factor"], let factor = Int(text),
            !(1...100).contains(factor)
        else { return nil }
        return "bad scaling factor: \(factor), is not in range of [0 - 100]"
    }
}

extension LocalGatewayConfiguration.Profile: Equatable, CustomStringConvertible {
    public var description: String { name }

    /// Names are unique.
    public static func == (a: Self, b: Self) -> Bool { a.name == b.name }
}
