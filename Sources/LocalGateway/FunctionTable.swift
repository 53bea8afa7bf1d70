import Curl
import Logging
import Synchronization

/// All deployed functions, and those that are deleted but not gone.
final class FunctionTable: Sendable {
    private struct State {
        var functions: [String: DeployedFunction] = [:]
        /// Deleted ones, until their replicas have ended.
        var departing: [DeployedFunction] = []
        /// Those whose deletion waits for their replicas, and may fail.
        var stopping: [String: DeployedFunction] = [:]
        var isClosed = false

        var all: [DeployedFunction] { functions.values + departing + stopping.values }

        func departing(_ name: String) -> DeployedFunction? { departing.first { $0.name == name && !$0.isGone } }
    }

    let configuration: LocalGatewayConfiguration
    private let client: HTTPClient
    private let logger: Logger
    private let starts: StartPlaces
    private let state = Mutex(State())

    private var profile: LocalGatewayConfiguration.Profile { configuration.profile }

    init(configuration: LocalGatewayConfiguration, client: HTTPClient, logger: Logger) {
        self.configuration = configuration
        self.client = client
        self.logger = logger
        starts = StartPlaces(configuration.parallelStarts)
    }

    /// By name.
    var functions: [DeployedFunction] {
        state.withLock { $0.functions.values.sorted { $0.name < $1.name } }
    }

    /// By name, as a list shows them: where deletion is in the foreground, with those that are being deleted.
    var shown: [DeployedFunction] {
        let departing =
            profile.deletion == .foreground ? state.withLock { $0.departing.filter { !$0.isGone } } : []
        return (functions + departing).sorted { $0.name < $1.name }
    }

    subscript(name: String) -> DeployedFunction? { state.withLock { $0.functions[name] } }

    /// The function whose status is shown under `name`.
    func shown(_ name: String) -> DeployedFunction? {
        state.withLock { $0.functions[name] ?? (profile.deletion == .foreground ? $0.departing(name) : nil) }
    }

    /// - Throws: ``Refusal``.
    func deploy(_ specification: FunctionSpecification) throws(Refusal) {
        let (launch, rules) = try check(specification)
        let desired = profile.replicas(
            for: try specification.initialReplicas(maximum: configuration.maximumReplicas))
        let name = specification.service
        let refusal: Refusal? = state.withLock { state in
            if state.isClosed { return Refusal(503, "the gateway is shutting down") }
            if state.functions[name] != nil { return profile.words.existing(name) }
            if state.stopping[name] != nil { return profile.words.departing(name) }
            if profile.deletion == .foreground, state.departing(name) != nil { return profile.words.departing(name) }
            if let limit = profile.functionLimit, state.functions.count + state.stopping.count >= limit {
                return profile.words.full(limit)
            }
            state.departing.removeAll(where: \.isGone)
            state.functions[name] = DeployedFunction(
                specification, launch: launch, rules: rules, desired: desired,
                configuration: configuration, starts: starts, client: client, logger: logger)
            return nil
        }
        if let refusal { throw refusal }
        warn(of: specification)
    }

    /// - Throws: ``Refusal``.
    func update(_ specification: FunctionSpecification) throws(Refusal) {
        try FunctionNameRule.check(specification.service)
        guard let function = self[specification.service] else {
            throw profile.words.missingInUpdate(specification.service)
        }
        let (launch, rules) = try check(specification)
        function.update(specification, launch: launch, rules: rules)
        warn(of: specification)
    }

    /// - Throws: ``Refusal``.
    func delete(_ name: String) throws(Refusal) {
        let (function, isDeparting) = state.withLock { state in
            let function = state.functions.removeValue(forKey: name)
            if let function { state.departing.append(function) }
            return (function, profile.deletion == .foreground && state.departing(name) != nil)
        }
        if function == nil, isDeparting { return }
        guard let function else { throw profile.words.missingInDeletion(name) }
        function.retire()
    }

    /// Hides a function while its replica is stopped, and deletes it afterwards; when that fails it is there again,
    /// without replicas.
    ///
    /// - Parameter stopped: waits for the replica's end; throws when there is none.
    /// - Throws: ``Refusal``.
    func delete(_ name: String, once stopped: (FunctionSpecification) async throws -> Void) async throws {
        let function = state.withLock { state in
            let function = state.functions.removeValue(forKey: name)
            if let function { state.stopping[name] = function }
            return function
        }
        guard let function else { throw profile.words.missingInDeletion(name) }
        var failure: (any Error)?
        if function.status.desired > 0 {
            function.scale(to: 0)
            do { try await stopped(function.status.specification) } catch { failure = error }
        }
        state.withLock { state in
            state.stopping[name] = nil
            if failure == nil { state.departing.append(function) } else { state.functions[name] = function }
        }
        if let failure { throw failure }
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

    private func check(_ specification: FunctionSpecification) throws(Refusal) -> (Launch, ReplicaRules) {
        try FunctionNameRule.check(specification.service)
        try profile.words.check(specification)
        if let secret = specification.secrets.first { throw profile.words.secret(secret) }
        return (
            try Launch(envProcess: specification.envProcess, envVars: specification.envVars),
            try ReplicaRules(envVars: specification.envVars)
        )
    }

    /// What was taken and will have no effect is said in the log.
    private func warn(of specification: FunctionSpecification) {
        for text in specification.unheeded(probesFunctions: profile.readiness == .answersHealth) {
            logger.warning("\(text)", metadata: ["function": "\(specification.service)"])
        }
    }
}
