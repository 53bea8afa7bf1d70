import Farm
import Logging
import OpenFaaS

/// Workers that are replicas: functions that a gateway is asked to scale.
struct ReplicaScaler: WorkerScaler {
    let pool: GatewayPool
    let found: FoundFunctions
    let scenario: Scenario
    let speed: Double
    let logger: Logger

    var form: WorkerForm {
        var form = WorkerForm(isSingle: false, gateway: pool.gateway)
        form.leastEach = pool.leastReplicas ?? 0
        form.mayKeepOne = pool.deployment == nil && pool.leastReplicas == nil
        return form
    }

    func open() async throws(FarmError) -> WorkersFound {
        try found.take()
        do {
            var units: [(name: String, sight: WorkerSight?)] = []
            for name in pool.functions {
                if let deployment = pool.deployment {
                    let specification = pool.specification(of: name, deployment, scenario, speed: speed)
                    try await pool.gateway.deploy(specification, update: false)
                    units.append((name, nil))
                } else {
                    guard let status = try await pool.gateway.function(name) else { throw await missing(name) }
                    found.find(name, status)
                    // They stay as they are until an episode says otherwise.
                    units.append((name, WorkerSight(status)))
                }
            }
            return WorkersFound(units: units, notes: found.leftovers)
        } catch {
            throw FarmError(opening: error)
        }
    }

    private func missing(_ name: String) async -> FarmError {
        let known = (try? await pool.gateway.functions().map(\.name)) ?? []
        let hint = known.isEmpty ? "it has no functions" : "it has: \(known.sorted().joined(separator: ", "))"
        return FarmError(.unavailable, "the gateway \(pool.gateway.address) has no function \"\(name)\"; \(hint)")
    }

    func ask(_ unit: Int, for count: Int) async -> ScalingAnswer {
        let name = pool.functions[unit]
        var notes = found.secure(name)
        func note(_ kind: FarmNote.Kind, _ text: String) { notes.append(FarmNote(kind, about: name, text)) }
        do {
            guard let status = try await pool.gateway.scaleAndReadBack(name, to: count) else {
                // It took the number. What it made of it is seen later, or tried with a task.
                return ScalingAnswer(.done(nil), notes: notes)
            }
            if status.replicas != count {
                note(
                    .limited,
                    "the gateway made it \(status.replicas) replicas where \(count) were asked for: it limits them"
                        + (status.replicas == 1 && count > 1
                            ? "; a gateway that never has more than one (faasd) needs --pool functions" : ""))
            }
            return ScalingAnswer(.done(WorkerSight(status)), notes: notes)
        } catch let error as GatewayError where error.kind == .unauthorized {
            return ScalingAnswer(.fatal(error.description), notes: notes)
        } catch let error as GatewayError {
            if case .refused = error.kind, !error.isRetryable, let kept = try? await pool.gateway.function(name) {
                note(.scaling, "could not be scaled to \(count), and stays as it is: \(error)")
                return ScalingAnswer(.kept(WorkerSight(kept)), notes: notes)
            }
            note(.scaling, "could not be scaled to \(count): \(error)")
            return ScalingAnswer(.failed(refusal: error.isRefusal ? error.description : nil), notes: notes)
        } catch {
            return ScalingAnswer(.failed(refusal: nil), notes: notes)
        }
    }

    func look(at unit: Int) async throws(WorkerLookFailure) -> WorkerSight? {
        try await pool.gateway.look(at: pool.functions[unit])
    }

    func release() async {
        await pool.giveBack(pool.functions, logger) { index in
            let name = pool.functions[index]
            if pool.deployment != nil {
                try await pool.gateway.delete(name)
            } else {
                switch pool.onRelease {
                case .keep: break
                case .restore: try await pool.gateway.scale(name, to: found.replicas(of: name) ?? 1)
                case .minimum:
                    let shares = EvenShares.of(
                        scenario.stages.first.workers.min, floors: pool.functions.map { _ in 0 })
                    try await pool.gateway.scale(name, to: shares[index])
                }
            }
            found.forget(name)
        }
        found.giveUp()
    }
}
