import Farm
import Logging
import OpenFaaS

/// Pools of one function for each worker.
extension LiveFarm {
    /// Takes over the worker functions that are there already.
    ///
    /// - Throws: ``FarmError`` when the configuration does not say what to deploy.
    func adoptWorkers() async throws {
        guard configuration.deployment != nil else {
            throw FarmError(.unsupported(argument: "pool"), "a pool of functions needs to know what to deploy")
        }
        let listed = try await configuration.gateway.functions()
        let there = Dictionary(listed.map { ($0.name, $0.replicas) }) { first, _ in first }
        found = pool.functions.map { there[$0.name] }
        for index in pool.functions.indices {
            guard let replicas = found[index] else { continue }
            // Lists may leave out how many are ready.
            let status = try await configuration.gateway.function(pool.functions[index].name)
            pool.functions[index].told = 1
            pool.see(index, available: status?.availableReplicas ?? 0, at: clock.now)
            pool.note(remains: replicas > 0, of: index, at: clock.now)
        }
        let running = pool.functions.count { $0.remains }
        if running > 0 { note("\(running) workers were found running, and are used") }
        // An episode that adopts begins with them.
        if configuration.onReset == .adopt, running > 0 { pool.ask(for: running, at: clock.now) }
    }

    /// Deploys or deletes a worker's function in the background.
    func changeWorker(_ index: Int) {
        let isDeployed = pool.beginScaling(index) > 0
        let name = pool.functions[index].name
        let gateway = configuration.gateway
        if isDeployed {
            guard let deployment = configuration.deployment else { return }
            pool.note(remains: true, of: index, at: clock.now)
            let specification = specification(of: name, deployment)
            jobs.yield { [weak self] in
                let result = await Result { try await gateway.deployOrAdopt(specification) }
                await self?.deployed(index, result)
            }
        } else {
            // From now on it takes no calls, even if it is asked for again before it is gone.
            pool.see(index, available: 0, at: clock.now)
            jobs.yield { [weak self] in
                let result = await Result { try await gateway.delete(name) }
                await self?.deleted(index, result)
            }
        }
    }

    private func deployed(_ index: Int, _ result: Result<FunctionStatus, any Error>) {
        let name = pool.functions[index].name
        configuration.meter?.count(.change(isRefused: result.isFailure))
        switch result {
        case .success(let status):
            // One that has no replica yet gets it by itself.
            _ = pool.endScaling(index, replicas: 1, at: clock.now)
            pool.note(remains: true, of: index, at: clock.now)
            pool.see(index, available: status.availableReplicas, at: clock.now)
        case .failure(let error as GatewayError) where error.kind == .unauthorized:
            pool.failScaling(index, delay: .infinity, at: clock.now)
            breakDown(error.description)
        case .failure(let error as GatewayError) where !error.isRetryable && error.kind != .notFound:
            pool.note(remains: false, of: index, at: clock.now)
            pool.refuseWorker(index, at: clock.now)
            refusal = error
        case .failure(let error):
            pool.failScaling(index, delay: clock.scenario(pause(after: pool.functions[index].failures)), at: clock.now)
            if !(error is CancellationError) {
                note("\(name) could not be deployed yet: \(error)", once: "deploy \(name)")
            }
        }
        sayCapacity()
        tellGateway()
        dispatch()
    }

    /// Says how many workers the gateway takes, once no deployment is under way that could change it.
    private func sayCapacity() {
        guard let refusal, !pool.functions.contains(where: { $0.isChanging && $0.told == 1 }) else { return }
        self.refusal = nil
        let most = pool.capacity ?? 0
        if most == 0 { return breakDown("the gateway takes no worker function: \(refusal)") }
        note(
            "the gateway takes no more than \(most) worker functions, so there are no more workers: \(refusal)",
            once: "capacity")
    }

    private func deleted(_ index: Int, _ result: Result<Void, any Error>) {
        let name = pool.functions[index].name
        configuration.meter?.count(.change(isRefused: result.isFailure))
        switch result {
        case .success: endDeletion(of: index)
        case .failure(let error as GatewayError) where error.kind == .notFound: endDeletion(of: index)
        case .failure(let error):
            pool.failScaling(index, delay: clock.scenario(pause(after: pool.functions[index].failures)), at: clock.now)
            if !(error is CancellationError) {
                note("\(name) could not be deleted yet, and is paid for until it is: \(error)", once: "delete")
            }
        }
        tellGateway()
    }

    private func endDeletion(of index: Int) {
        _ = pool.endScaling(index, replicas: 0, at: clock.now)
        pool.see(index, available: 0, at: clock.now)
        pool.note(remains: false, of: index, at: clock.now)
        pool.functions[index].told = pool.functions[index].told == 0 ? nil : pool.functions[index].told
    }

    /// Real time until a failed call is tried again.
    private func pause(after failures: Int) -> Duration {
        .milliseconds(500) * (1 << min(failures, 6))
    }

    /// Whether a function is the farm's to delete when it is released.
    func isToBeDeleted(_ index: Int) -> Bool {
        guard pool.functions[index].told != nil || pool.functions[index].remains else { return false }
        switch configuration.onRelease {
        case .keep: return false
        case .restore: return found[index] == nil
        case .minimum: return index >= scenario.workers.min
        }
    }
}

extension GatewayClient {
    /// Deploys a function, or takes the one of that name that is there already, and gives it a replica if it has none.
    func deployOrAdopt(_ specification: FunctionDeployment) async throws -> FunctionStatus {
        do {
            try await deploy(specification, update: false)
        } catch let refusal as GatewayError {
            guard case .refused = refusal.kind, let status = try await function(specification.service) else {
                throw refusal
            }
            if status.replicas == 0 { try await scale(specification.service, to: 1) }
            return status
        }
        // Not known yet: it is looked for again.
        return try await function(specification.service)
            ?? FunctionStatus(name: specification.service, image: specification.image)
    }
}
