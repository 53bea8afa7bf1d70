import ArgumentParser
import FarmEnvironments
import HTTPWorkers
import LiveFarm
import LocalGateway
import Logging
import OpenFaaSWorkers

/// Farms on HTTP services of the user's.
extension BackendOptions {
    /// The addresses of each pool.
    ///
    /// - Throws: `ValidationError` for what is none, or a file that cannot be read.
    func servicePools() throws -> [ServiceAddresses] {
        do {
            let pools = try theirs.workers.map { try ServiceAddresses($0) }
            var seen: Set<String> = []
            for pool in pools {
                for address in Set(try pool.read()) where !seen.insert(address).inserted {
                    throw ValidationError("\(address) is in two pools; a service belongs to one farm at a time")
                }
            }
            return pools
        } catch let failure as ServiceAddresses.Failure {
            throw ValidationError("--workers: \(failure)")
        }
    }

    /// Refuses what is of other workers.
    func validateServices() throws {
        guard !theirs.workers.isEmpty else { return }
        if place.gateway != nil {
            throw ValidationError("--workers and --gateway both say where the workers are; leave one of them out")
        }
        let others = [
            ("--pool", workers.pool != .replicas), ("--worker-image", workers.workerImage != nil),
            ("--worker-process", workers.workerProcess != nil), ("--worker-env", !workers.workerEnv.isEmpty),
            ("--functions-per-farm", workers.functionsPerFarm != 1),
            ("--gateway-profile", workers.gatewayProfile != .standard),
            ("--on-release", workers.onRelease != .restore), ("--password-file", place.passwordFile != nil),
            ("--namespace", place.namespace != nil), ("--gateway-ca", place.gatewayCa != nil),
        ]
        if let (option, _) = others.first(where: \.1) {
            throw ValidationError(
                "\(option) is of a gateway's functions; with --workers the services are there already")
        }
        if calls.dispatch == .queue {
            throw ValidationError("--dispatch queue needs a gateway; services of --workers are called directly")
        }
        _ = try servicePools()
    }

    func onServices(_ farms: LiveFarmOptions, logger: Logger) throws -> Backend {
        let pools = FarmPools(
            name: "http", advice: "give the daemon another --workers for each",
            pools: try servicePools().map { addresses in
                let pool = ServicePool(addresses)
                return FarmPool(options: farms) { scenario, _, _ in pool.workers(for: scenario) }
            })
        return backend("http", logger: logger) { pools }
    }
}
