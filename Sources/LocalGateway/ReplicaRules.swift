import Randomness

/// What a function's `envVars` say to the gateway about each of its replicas.
struct ReplicaRules: Sendable, Equatable {
    var startDelay = StartDelay()
    /// Calls that a replica takes at once; 0: any number.
    var maxInFlight = 0
    /// How long a call may take; nil: as long as the gateway lets any call.
    var execTimeout: Duration?
    /// From SIGTERM to SIGKILL.
    var terminationGrace: Duration = .seconds(30)

    init() {}

    /// - Throws: ``Refusal`` 400 that names the variable.
    init(envVars: [String: String]) throws(Refusal) {
        for (name, value) in envVars {
            guard !name.isEmpty, !name.contains("="), !name.utf8.contains(0), !value.utf8.contains(0) else {
                throw Refusal(
                    400, "envVars: \"\(name)\" cannot be an environment variable: no \"=\" in names, no zero bytes")
            }
        }
        startDelay = StartDelay(
            mean: try Self.duration("start_delay", in: envVars) ?? .zero,
            deviation: try Self.duration("start_delay_sd", in: envVars) ?? .zero,
            minimum: try Self.duration("start_delay_min", in: envVars) ?? .zero,
            maximum: try Self.duration("start_delay_max", in: envVars))
        if let maximum = startDelay.maximum, maximum < startDelay.minimum {
            throw Refusal(400, "envVars: start_delay_max is less than start_delay_min")
        }
        if let text = envVars["max_inflight"] {
            guard let count = Int(text), count >= 0 else {
                throw Refusal(400, "envVars: max_inflight must be a whole number, 0 for no limit; got \"\(text)\"")
            }
            maxInFlight = count
        }
        if let limit = try Self.duration("exec_timeout", in: envVars), limit > .zero { execTimeout = limit }
        terminationGrace = try Self.duration("termination_grace", in: envVars) ?? terminationGrace
    }

    private static func duration(_ name: String, in envVars: [String: String]) throws(Refusal) -> Duration? {
        guard let text = envVars[name] else { return nil }
        guard let duration = GoDuration.parse(text) else {
            throw Refusal(400, "envVars: \(name) must be a duration such as 250ms, 1.5s or 1m30s; got \"\(text)\"")
        }
        return duration
    }
}

/// How long a replica takes at least from its start to being ready: a normal distribution, truncated.
struct StartDelay: Sendable, Equatable {
    var mean: Duration = .zero
    var deviation: Duration = .zero
    var minimum: Duration = .zero
    var maximum: Duration?

    func sample(using generator: inout PCG64) -> Duration {
        .seconds(
            Sampling().truncatedNormal(
                mean: mean / .seconds(1), standardDeviation: deviation / .seconds(1), min: minimum / .seconds(1),
                max: maximum.map { $0 / .seconds(1) } ?? .infinity, using: &generator))
    }
}
