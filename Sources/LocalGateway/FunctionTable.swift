import Curl
import Logging
import Synchronization

/// All deployed functions, and those that are deleted but not gone.
final class FunctionTable: Sendable {
    private struct State {
        var functions: [String: DeployedFunction] = [:]
        var departing: [DeployedFunction] = []
        var isClosed = false

        var all: [DeployedFunction] { functions.values + departing }
    }

    let configuration: LocalGatewayConfiguration
    private let client: HTTPClient
    private let logger: Logger
    private let starts: Gate
    private let state = Mutex(State())

    init(configuration: LocalGatewayConfiguration, client: HTTPClient, logger: Logger) {
        self.configuration = configuration
        self.client = client
        self.logger = logger
        starts = Gate(max(1, configuration.parallelStarts))
    }

    /// By name.
    var functions: [DeployedFunction] {
        state.withLock { $0.functions.values.sorted { $0.name < $1.name } }
    }

    subscript(name: String) -> DeployedFunction? { state.withLock { $0.functions[name] } }

    /// - Throws: ``Refusal``.
    func deploy(_ specification: FunctionSpecification) throws(Refusal) {
        let (launch, rules) = try Self.check(specification)
        let profile = configuration.profile
        try profile.check(labels: specification.labels)
        let desired = profile.replicas(
            for: try specification.initialReplicas(maximum: configuration.maximumReplicas))
        let refusal: Refusal? = state.withLock { state in
            if state.isClosed { return Refusal(503, "the gateway is shutting down") }
            if state.functions[specification.service] != nil {
                return Refusal(
                    400, "unable to create function: \(specification.service) already exists; change it with PUT")
            }
            if let limit = profile.functionLimit, state.functions.count >= limit {
                return Refusal(
                    400, "unable to create function: \(limit) functions are there, and this edition has no more")
            }
            state.departing.removeAll(where: \.isGone)
            state.functions[specification.service] = DeployedFunction(
                specification, launch: launch, rules: rules, desired: desired,
                configuration: configuration, starts: starts, client: client, logger: logger)
            return nil
        }
        if let refusal { throw refusal }
    }

    /// - Throws: ``Refusal``.
    func update(_ specification: FunctionSpecification) throws(Refusal) {
        try FunctionNameRule.check(specification.service)
        guard let function = self[specification.service] else { throw .notFound(specification.service) }
        let (launch, rules) = try Self.check(specification)
        try configuration.profile.check(labels: specification.labels)
        function.update(specification, launch: launch, rules: rules)
    }

    /// - Throws: ``Refusal``.
    func delete(_ name: String) throws(Refusal) {
        let function = state.withLock { state in
            let function = state.functions.removeValue(forKey: name)
            if let function { state.departing.append(function) }
            return function
        }
        guard let function else { throw .notFound(name) }
        function.retire()
    }

    /// Stops every process: asks, waits for `patience`, kills. Returns when all have ended.
    func close(patience: Duration) async {
        let all = state.withLock { state in
            state.isClosed = true
            return state.all
        }
        for function in all { function.close() }
        let limit = ContinuousClock.now + patience
        while all.contains(where: { !$0.isGone }) {
            if ContinuousClock.now > limit {
                for function in all { function.kill() }
            }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    private static func check(_ specification: FunctionSpecification) throws(Refusal) -> (Launch, ReplicaRules) {
        try FunctionNameRule.check(specification.service)
        if let secret = specification.secrets.first { throw Refusal(400, "unable to find secret: \(secret)") }
        return (
            try Launch(envProcess: specification.envProcess, envVars: specification.envVars),
            try ReplicaRules(envVars: specification.envVars)
        )
    }
}
