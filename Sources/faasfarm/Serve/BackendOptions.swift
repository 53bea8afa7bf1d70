public import ArgumentParser
import Farm
import FarmEnvironments
import Foundation
public import LiveFarm
import LocalGateway
import Logging
import OpenFaaS

/// Where the workers of a daemon's farms are.
struct BackendOptions: ParsableArguments {
    @Option(
        help: "Address of an OpenFaaS gateway, with its base path if it has one. Left out: the daemon runs its own.")
    var gateway: String?

    @Option(help: "The worker functions on that gateway, separated by commas. The workers are spread over them.")
    var functions: String?

    @Option(help: "The gateway's user.")
    var username = "admin"

    @Option(help: "A file with the gateway's password.")
    var passwordFile: String?

    @Option(help: "How many farms of the daemon's own gateway may be open at once.")
    var pools = 4

    @Option(help: "How many functions a farm on the daemon's own gateway spreads its workers over.")
    var functionsPerFarm = 1

    @Option(help: "What a reset does with the workers it finds: drain or adopt.")
    var onReset = PoolConfiguration.OnReset.drain

    @Option(help: "What becomes of the workers at the end: restore, keep or minimum.")
    var onRelease = PoolConfiguration.OnRelease.restore

    func validate() throws {
        if gateway == nil, functions != nil { throw ValidationError("--functions names functions of a --gateway") }
        if gateway != nil, functions == nil {
            throw ValidationError("--gateway needs --functions: the worker functions that the farm may scale and call")
        }
        guard (1...256).contains(pools) else { throw ValidationError("--pools must be 1 to 256, got \(pools)") }
        guard (1...256).contains(functionsPerFarm) else {
            throw ValidationError("--functions-per-farm must be 1 to 256, got \(functionsPerFarm)")
        }
    }

    /// The backend that the options describe, and the gateway to run for it.
    func backend(logger: Logger) throws -> (backend: Backend, gateway: LocalGateway?) {
        guard let gateway, let functions else { return embedded(logger: logger) }
        let address = try GatewayAddress(gateway)
        let credentials = try passwordFile.map { try GatewayCredentials(username: username, passwordFile: $0) }
        let pool = PoolConfiguration(
            gateway: GatewayClient(address: address, credentials: credentials),
            functions: functions.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) },
            onReset: onReset, onRelease: onRelease)
        let pools = FarmPools(name: "openfaas", pools: [pool])
        return (backend("openfaas", logger: logger) { pools }, nil)
    }

    private func embedded(logger: Logger) -> (backend: Backend, gateway: LocalGateway?) {
        let password = UUID().uuidString
        var configuration = LocalGatewayConfiguration()
        configuration.port = 0
        configuration.password = password
        let gateway = LocalGateway(configuration: configuration, logger: logger)
        let command = CommandLine.executablePath
        let username = configuration.username
        let pools = EmbeddedPools {
            let port = try await gateway.waitUntilBound()
            let client = GatewayClient(
                address: try GatewayAddress("http://127.0.0.1:\(port)"),
                credentials: GatewayCredentials(username: username, password: password))
            let deployment = PoolConfiguration.Deployment(envProcess: "\(command) worker")
            let pools = (1...self.pools).map { pool in
                PoolConfiguration(
                    gateway: client, functions: (1...functionsPerFarm).map { "farm-\(pool)-worker-\($0)" },
                    deployment: deployment,
                    onReset: onReset, pollInterval: .milliseconds(50))
            }
            return FarmPools(name: "embedded", pools: pools)
        }
        return (backend("embedded", logger: logger) { try await pools.get() }, gateway)
    }

    private func backend(_ name: String, logger: Logger, pools: @escaping @Sendable () async throws -> FarmPools)
        -> Backend
    {
        Backend(name: name, isNondeterministic: true) { scenario, speed in
            let pools = try await pools()
            let pool = try await pools.acquire()
            do {
                return try await LiveFarm(scenario: scenario, speed: speed, pool: pool, logger: logger) {
                    await pools.release(pool)
                }
            } catch {
                await pools.release(pool)
                throw error
            }
        }
    }
}

/// The pools of the daemon's own gateway, made once its port is known.
private actor EmbeddedPools {
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

extension PoolConfiguration.OnReset: ExpressibleByArgument {}
extension PoolConfiguration.OnRelease: ExpressibleByArgument {}

extension CommandLine {
    /// The path of this program, for starting it again as a worker.
    static var executablePath: String {
        #if os(Linux)
            if let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") { return path }
        #endif
        return Bundle.main.executablePath ?? arguments[0]
    }
}
