import Farm
import Logging
import OpenFaaS
import Synchronization

/// Workers that are functions: one function for each, deployed and deleted.
final class FunctionScaler: WorkerScaler {
    private struct State {
        /// Functions that the gateway has had for this farm.
        var wasThere: Set<Int> = []
        /// Functions that were found, or that the farm has deployed.
        var touched: Set<Int> = []
        /// Functions of a killed daemon that the scenario has no use for.
        var orphans: [String] = []
    }

    private let pool: GatewayPool
    private let found: FoundFunctions
    private let scenario: Scenario
    private let speed: Double
    private let logger: Logger
    private let names: [String]
    private let state = Mutex(State())

    init(_ pool: GatewayPool, _ found: FoundFunctions, _ scenario: Scenario, speed: Double, logger: Logger) {
        self.pool = pool
        self.found = found
        self.scenario = scenario
        self.speed = speed
        self.logger = logger
        let (prefix, most) = (pool.functions.first ?? "worker", scenario.stages.first.workers.max)
        names = most > 0 ? (1...most).map { "\(prefix)-\($0)" } : []
    }

    var form: WorkerForm { WorkerForm(isSingle: true, gateway: pool.gateway) }

    func open() async throws(FarmError) -> WorkersFound {
        try found.take()
        guard pool.deployment != nil else {
            throw FarmError(.unsupported(argument: "pool"), "a pool of functions needs to know what to deploy")
        }
        do {
            return try await adopt()
        } catch {
            throw FarmError(opening: error)
        }
    }

    /// Takes over the worker functions that are there already.
    private func adopt() async throws -> WorkersFound {
        let listed = try await pool.gateway.functions()
        let there = Dictionary(listed.map { ($0.name, $0) }) { first, _ in first }
        var units: [(name: String, sight: WorkerSight?)] = []
        for (index, name) in names.enumerated() {
            found.find(name, there[name])
            var sight: WorkerSight?
            if let replicas = there[name]?.replicas {
                // Lists may leave out how many are ready.
                let available = try await pool.gateway.function(name)?.availableReplicas ?? 0
                sight = WorkerSight(count: replicas, available: available)
                state.withLock {
                    $0.wasThere.insert(index)
                    $0.touched.insert(index)
                }
            }
            units.append((name, sight))
        }
        let orphans = found.orphans(among: listed, besides: names)
        state.withLock { $0.orphans = orphans }
        var notes = found.leftovers
        let running = units.count { ($0.sight?.count ?? 0) > 0 }
        if running > 0 { notes.append(FarmNote(.found, "\(running) workers were found running, and are used")) }
        return WorkersFound(units: units, notes: notes)
    }

    func ask(_ unit: Int, for count: Int) async -> ScalingAnswer {
        count > 0 ? await deploy(unit) : await delete(unit)
    }

    private func deploy(_ unit: Int) async -> ScalingAnswer {
        let name = names[unit]
        guard let deployment = pool.deployment else { return ScalingAnswer(.failed(refusal: nil)) }
        state.withLock { _ = $0.touched.insert(unit) }
        var notes = found.secure(name)
        do {
            let status = try await pool.gateway.deployOrAdopt(
                pool.specification(of: name, deployment, scenario, speed: speed))
            state.withLock { _ = $0.wasThere.insert(unit) }
            // One that has no replica yet gets it by itself.
            return ScalingAnswer(.done(WorkerSight(count: 1, available: status.availableReplicas)), notes: notes)
        } catch let error as GatewayError where error.kind == .unauthorized {
            return ScalingAnswer(.fatal(error.description), notes: notes)
        } catch let error as GatewayError
            where !error.isRetryable && error.kind != .notFound && !mayPass(error, for: unit)
        {
            return ScalingAnswer(.full(error.description), notes: notes)
        } catch {
            if !(error is CancellationError) {
                notes.append(FarmNote(.deployment, about: name, "could not be deployed yet: \(error)"))
            }
            return ScalingAnswer(.failed(refusal: nil), notes: notes)
        }
    }

    /// Whether a refused deployment says nothing of how many functions the gateway takes: the name is in the way of itself, or
    /// the gateway has had this very function before.
    private func mayPass(_ refusal: GatewayError, for unit: Int) -> Bool {
        let text = refusal.message.lowercased()
        if text.contains("already exists") || text.contains("being deleted") { return true }
        let saysLimit = ["limit", "maximum", "no more", "quota", "license", "edition"].contains { text.contains($0) }
        return state.withLock { $0.wasThere.contains(unit) } && !saysLimit
    }

    private func delete(_ unit: Int) async -> ScalingAnswer {
        let name = names[unit]
        do {
            let wasThere = try await pool.gateway.deleteAndLook(name)
            return ScalingAnswer(
                .done(WorkerSight(count: 0, available: 0)), doubt: wasThere ? nil : pool.deletionDoubt)
        } catch is CancellationError {
            return ScalingAnswer(.failed(refusal: nil))
        } catch {
            let text = "could not be deleted yet, and is paid for until it is: \(error)"
            return ScalingAnswer(.failed(refusal: nil), notes: [FarmNote(.deletion, about: name, text)])
        }
    }

    func look(at unit: Int) async throws(WorkerLookFailure) -> WorkerSight? {
        try await pool.gateway.look(at: names[unit])
    }

    func release() async {
        let orphans = state.withLock { $0.orphans }
        await pool.giveBack(names + orphans, logger) { index in
            guard index < self.names.count else { return await self.deleteAtEnd(orphans[index - self.names.count]) }
            if self.isToBeDeleted(index) { return await self.deleteAtEnd(self.names[index]) }
            self.found.forget(self.names[index])
        }
        found.giveUp()
    }

    /// Whether a function is the farm's to delete when it is released.
    private func isToBeDeleted(_ unit: Int) -> Bool {
        // What is not there any more as far as is known is deleted all the same: somebody else's failed deletion may bring
        // it back.
        guard state.withLock({ $0.touched.contains(unit) }) else { return false }
        switch pool.onRelease {
        case .keep: return false
        case .restore: return found.replicas(of: names[unit]) == nil
        case .minimum: return unit >= scenario.stages.first.workers.min
        }
    }

    /// Deletes a function, again and again where that fails for now; the end of the release ends it.
    private func deleteAtEnd(_ name: String) async {
        while !Task.isCancelled {
            do {
                try await pool.gateway.delete(name)
                return found.forget(name)
            } catch let error as GatewayError where error.kind == .notFound {
                return found.forget(name)
            } catch let error as GatewayError where error.isRetryable {
                logger.notice("\(name) is not deleted yet: \(error)")
                try? await Task.sleep(for: .milliseconds(500))
            } catch {
                if !(error is CancellationError) { logger.warning("\(name) was not deleted: \(error)") }
                return
            }
        }
    }
}
