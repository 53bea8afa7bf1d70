import ArgumentParser
import Curl
import DaemonHTTP
import Diagnosis
import Farm
import FarmEnvironments
import Foundation
import LiveFarm
import LocalGateway
import Logging
import OpenFaaS
import OpenFaaSWorkers

/// The backend of live farms, and the daemon's own gateway, if it has one.
typealias LiveBackend = (backend: Backend, gateway: LocalGateway?)

/// Pools on a gateway of the user's or of the daemon's.
extension BackendOptions {
    /// The backend that the options describe, and the gateway to run for it.
    ///
    /// - Parameter routes: where farms count, where tasks come from, and where callbacks go to.
    func backend(_ routes: DaemonRoutes, logger: Logger) throws -> LiveBackend {
        var farms = LiveFarmOptions()
        farms.meter = routes.meter
        farms.ingress = routes.ingress
        farms.onReset = workers.onReset
        farms.request = try calls.requests.extras()
        if !theirs.workers.isEmpty { return (try onServices(farms, logger: logger), nil) }
        if let gateway = place.gateway { return try onGateway(gateway, farms, routes.callbacks, logger: logger) }
        return try embedded(farms, routes.callbacks, logger: logger)
    }

    /// Farms on a gateway of the user's.
    private func onGateway(
        _ gateway: String, _ farms: LiveFarmOptions, _ callbacks: CallbackRoutes?, logger: Logger
    ) throws -> LiveBackend {
        let address = try GatewayAddress(gateway)
        if address.credentials != nil {
            logger.warning(
                "other users can read the password in --gateway's address; --password-file keeps it from them")
        }
        if let namespace = place.namespace { try FunctionName.check(namespace, "namespace") }
        let client = try client(of: address)
        var deployment: FunctionDeployment?
        if workers.pool == .functions, let image = workers.workerImage {
            deployment = .init(image: image, envProcess: workers.workerProcess ?? "", envVars: try environment())
        }
        let records = try records(logger: logger)
        if callbacks != nil, isElsewhere(address), calls.callbackUrl == nil {
            logger.warning(
                """
                callbacks are taken on \(calls.callbackListen), which \(address) may not reach; --callback-listen and \
                --callback-url say another address
                """)
        }
        let configured = place.functionPools.map { names in
            var pool = GatewayPool(
                gateway: client, style: workers.pool, functions: names, deployment: deployment,
                onRelease: workers.onRelease)
            pool.records = records
            return pool
        }
        let pools = Task { [calls] in
            let queue = try await callbacks?.queue(bodyLimit: calls.queueBodyLimit)
            return FarmPools(
                name: "openfaas", advice: "give the daemon another --functions for each",
                pools: configured.map { $0.lent(queue, farms, logger) })
        }
        return (backend("openfaas", logger: logger) { try await pools.value }, nil)
    }

    /// Where is kept what was found on a gateway.
    ///
    /// - Throws: `ValidationError` for a folder of --state that cannot be used. Without one of its own the daemon only says so
    ///   where none can be had: a container may have no place for it.
    private func records(logger: Logger) throws -> FoundWorkers? {
        do {
            return try FoundWorkers(
                directory: workers.state.map { URL(fileURLWithPath: $0) } ?? FoundWorkers.defaultDirectory)
        } catch {
            if workers.state != nil { throw ValidationError("--state: \(error)") }
            logger.warning(
                "what is found on the gateway cannot be kept for after a kill -9: \(error); --state names another folder"
            )
            return nil
        }
    }

    /// Farms on the daemon's own gateway: as many pools as may be open at once, whose functions get new names for each farm.
    private func embedded(
        _ farms: LiveFarmOptions, _ callbacks: CallbackRoutes?, logger: Logger
    ) throws -> LiveBackend {
        let password = UUID().uuidString
        var configuration = LocalGatewayConfiguration()
        configuration.port = 0
        configuration.password = password
        configuration.profile = workers.gatewayProfile
        let gateway = LocalGateway(configuration: configuration, logger: logger)
        let command = CommandLine.executablePath
        let username = configuration.username
        var farms = farms
        farms.pollInterval = .milliseconds(50)
        let pools = Task { [farms] in
            let port = try await gateway.waitUntilBound()
            let client = GatewayClient(
                address: try GatewayAddress("http://127.0.0.1:\(port)"),
                credentials: GatewayCredentials(username: username, password: password))
            let deployment = FunctionDeployment(
                image: "faasfarm/worker", envProcess: "\(command) worker", envVars: try environment())
            let queue = try await callbacks?.queue(bodyLimit: calls.queueBodyLimit)
            let pools = (1...workers.pools).map { number in
                var pool = GatewayPool(
                    gateway: client, style: workers.pool,
                    functions: (1...workers.functionsPerFarm).map { "farm-\(number)-worker-\($0)" },
                    deployment: deployment, releaseLimit: .seconds(1))
                pool.isPrivate = true
                pool.leastReplicas = workers.gatewayProfile.leastReplicas
                return pool.lent(queue, farms, logger)
            }
            return FarmPools(name: "embedded", advice: "give the daemon more --pools", pools: pools)
        }
        return (backend("embedded", logger: logger) { try await pools.value }, gateway)
    }

    func backend(
        _ name: String, logger: Logger, _ pools: @escaping @Sendable () async throws -> FarmPools
    ) -> Backend {
        Backend(name: name, isNondeterministic: true) { count, scenario, speed, claim in
            try await pools().open(
                Array(repeating: scenario, count: count), speed: speed, user: claim.user, takesOver: claim.takesOver,
                logger: logger)
        }
    }
}

extension CallbackRoutes {
    /// What a pool needs for calls through the gateway's queue, once callbacks are listened for.
    fileprivate func queue(bodyLimit: Int) async throws -> GatewayPool.Queue {
        .init(desk: try await desk(), bodyLimit: bodyLimit)
    }
}

extension GatewayPool {
    /// The pool as it is lent to farms.
    fileprivate func lent(_ queue: Queue?, _ options: LiveFarmOptions, _ logger: Logger) -> FarmPool {
        var pool = self
        pool.queue = queue
        return FarmPool(options: options) { [pool] scenario, speed, turn in
            pool.workers(for: scenario, speed: speed, turn: turn, logger: logger)
        }
    }
}

extension BackendOptions {
    /// Asks the user's gateway, if there is one, whether it can be used.
    ///
    /// - Throws: why the daemon should not start: an address, a password or a login that is wrong.
    func greetGateway(logger: Logger) async throws {
        guard let gateway = place.gateway else { return }
        let client = try client(of: GatewayAddress(gateway), callTimeout: GatewayGreeting.patience)
        let names = workers.pool == .replicas ? place.functionPools.flatMap(\.self) : []
        try await GatewayGreeting(client: client, functions: names).run(logger: logger)
    }

    private func client(of address: GatewayAddress, callTimeout: Duration = .seconds(5)) throws -> GatewayClient {
        GatewayClient(
            address: address,
            credentials: try place.passwordFile.map {
                try GatewayCredentials(username: place.username, passwordFile: $0)
            }, namespace: place.namespace, http: HTTPClient(options: .init(certificateAuthorities: place.gatewayCa)),
            callTimeout: callTimeout)
    }
}
