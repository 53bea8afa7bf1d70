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
import Prometheus

/// The backend of live farms, and what runs beside it.
struct LiveBackend {
    let backend: Backend
    /// The daemon's own gateway, if it has one.
    let gateway: LocalGateway?

    init(_ backend: Backend, gateway: LocalGateway? = nil) {
        self.backend = backend
        self.gateway = gateway
    }
}

/// Pools on a gateway of the user's or of the daemon's.
extension BackendOptions {
    /// The backend that the options describe, and the gateway to run for it.
    ///
    /// - Parameter routes: where farms count, where tasks come from, and where callbacks go to.
    func backend(_ routes: DaemonRoutes, logger: Logger) throws -> LiveBackend {
        let meter = routes.metrics.map { FarmMeter(factory: $0) }
        if let meter { routes.metrics?.beforeText { await meter.refresh() } }
        guard let gateway, let functions else { return try embedded(meter, routes, logger: logger) }
        let address = try GatewayAddress(gateway)
        if address.credentials != nil {
            logger.warning(
                "other users can read the password in --gateway's address; --password-file keeps it from them")
        }
        let credentials = try passwordFile.map { try GatewayCredentials(username: username, passwordFile: $0) }
        if let namespace { try FunctionName.check(namespace, "namespace") }
        let client = GatewayClient(
            address: address, credentials: credentials, namespace: namespace,
            http: HTTPClient(options: .init(certificateAuthorities: gatewayCa)))
        var deployment: PoolConfiguration.Deployment?
        if self.pool == .functions, let workerImage {
            deployment = .init(image: workerImage, envProcess: workerProcess ?? "", envVars: try environment())
        }
        var pool = PoolConfiguration(
            gateway: client, style: self.pool,
            functions: functions.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) },
            deployment: deployment, onReset: onReset, onRelease: onRelease)
        pool.meter = meter
        pool.ingress = routes.ingress
        pool.request = try requests.extras()
        pool.records = try records(logger: logger)
        if let callbacks = routes.callbacks {
            if isElsewhere(address), callbackUrl == nil {
                logger.warning(
                    """
                    callbacks are taken on \(callbackListen), which \(address) may not reach; --callback-listen and \
                    --callback-url say another address
                    """)
            }
            let pools = Once { [queueBodyLimit, pool] in
                var pool = pool
                pool.queue = .init(desk: try await callbacks.desk(), bodyLimit: queueBodyLimit)
                return FarmPools(name: "openfaas", pools: [pool])
            }
            return LiveBackend(backend("openfaas", logger: logger) { try await pools.get() })
        }
        let pools = FarmPools(name: "openfaas", pools: [pool])
        return LiveBackend(backend("openfaas", logger: logger) { pools })
    }

    /// Where is kept what was found on a gateway.
    ///
    /// - Throws: `ValidationError` for a folder of --state that cannot be used. Without one of its own the daemon only says so
    ///   where none can be had: a container may have no place for it.
    private func records(logger: Logger) throws -> FoundWorkers? {
        do {
            return try FoundWorkers(
                directory: state.map { URL(fileURLWithPath: $0) } ?? FoundWorkers.defaultDirectory)
        } catch {
            if state != nil { throw ValidationError("--state: \(error)") }
            logger.warning(
                "what is found on the gateway cannot be kept for after a kill -9: \(error); --state names another folder"
            )
            return nil
        }
    }

    private func embedded(_ meter: FarmMeter?, _ routes: DaemonRoutes, logger: Logger) throws -> LiveBackend {
        let password = UUID().uuidString
        var configuration = LocalGatewayConfiguration()
        configuration.port = 0
        configuration.password = password
        configuration.profile = gatewayProfile
        let gateway = LocalGateway(configuration: configuration, logger: logger)
        let command = CommandLine.executablePath
        let username = configuration.username
        let extras = try requests.extras()
        let pools = Once {
            let port = try await gateway.waitUntilBound()
            let client = GatewayClient(
                address: try GatewayAddress("http://127.0.0.1:\(port)"),
                credentials: GatewayCredentials(username: username, password: password))
            let deployment = PoolConfiguration.Deployment(
                envProcess: "\(command) worker", envVars: try environment())
            var queue: PoolConfiguration.Queue?
            if let callbacks = routes.callbacks {
                queue = .init(desk: try await callbacks.desk(), bodyLimit: queueBodyLimit)
            }
            let pools = (1...self.pools).map { [queue] number in
                var pool = PoolConfiguration(
                    gateway: client, style: self.pool,
                    functions: (1...functionsPerFarm).map { "farm-\(number)-worker-\($0)" }, deployment: deployment,
                    onReset: onReset, pollInterval: .milliseconds(50))
                pool.queue = queue
                pool.meter = meter
                pool.ingress = routes.ingress
                pool.request = extras
                pool.isPrivate = true
                pool.leastReplicas = gatewayProfile.leastReplicas
                pool.releaseLimit = .seconds(1)
                return pool
            }
            return FarmPools(name: "embedded", pools: pools)
        }
        return LiveBackend(backend("embedded", logger: logger) { try await pools.get() }, gateway: gateway)
    }

    private func backend(_ name: String, logger: Logger, pools: @escaping @Sendable () async throws -> FarmPools)
        -> Backend
    {
        Backend(name: name, isNondeterministic: true) { scenario, speed, claim in
            let pools = try await pools()
            let loan = try await pools.acquire(user: claim.user, takesOver: claim.takesOver)
            do {
                let farm = try await LiveFarm(scenario: scenario, speed: speed, pool: loan.pool, logger: logger) {
                    await pools.release(loan)
                }
                await pools.note(farm, of: loan)
                return farm
            } catch {
                await pools.release(loan)
                throw error
            }
        }
    }
}

extension BackendOptions {
    /// Asks the user's gateway, if there is one, whether it can be used.
    ///
    /// - Throws: why the daemon should not start: an address, a password or a login that is wrong.
    func greetGateway(logger: Logger) async throws {
        guard let gateway, let functions else { return }
        let credentials = try passwordFile.map { try GatewayCredentials(username: username, passwordFile: $0) }
        let client = GatewayClient(
            address: try GatewayAddress(gateway), credentials: credentials, namespace: namespace,
            http: HTTPClient(options: .init(certificateAuthorities: gatewayCa)),
            callTimeout: GatewayGreeting.patience)
        let names = functions.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        try await GatewayGreeting(client: client, functions: pool == .replicas ? names : []).run(logger: logger)
    }
}

/// Pools that are made once, when they are first needed: once the port of a server of ours is known.
private actor Once {
    private let make: @Sendable () async throws -> FarmPools
    private var pools: Task<FarmPools, any Error>?

    init(make: @escaping @Sendable () async throws -> FarmPools) {
        self.make = make
    }

    func get() async throws -> FarmPools {
        if let pools { return try await pools.value }
        let task = Task { try await make() }
        pools = task
        return try await task.value
    }
}
