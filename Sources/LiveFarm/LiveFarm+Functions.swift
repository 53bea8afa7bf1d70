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
        let there = Dictionary(listed.map { ($0.name, $0) }) { first, _ in first }
        for index in pool.functions.indices {
            find(index, there[pool.functions[index].name])
            guard let replicas = there[pool.functions[index].name]?.replicas else { continue }
            // Lists may leave out how many are ready.
            let status = try await configuration.gateway.function(pool.functions[index].name)
            pool.functions[index].told = 1
            wasThere.insert(index)
            pool.see(index, available: status?.availableReplicas ?? 0, at: clock.now)
            pool.note(remains: replicas > 0, of: index, at: clock.now)
        }
        orphans = configuration.onRelease == .keep ? [] : orphans(among: listed)
        leftovers += orphans
        sayLeftovers()
        let running = pool.functions.count { $0.remains }
        if running > 0 { note(.found, "\(running) workers were found running, and are used") }
        // An episode that adopts begins with them.
        if configuration.onReset == .adopt, running > 0 { pool.ask(for: running, at: clock.now) }
    }

    /// Functions with the pool's prefix, beyond its last, that a killed daemon has deployed.
    private func orphans(among listed: [FunctionStatus]) -> [String] {
        let own = Set(pool.functions.map(\.name))
        return listed.filter { status in
            guard let prefix = configuration.functions.first, status.name.hasPrefix(prefix + "-"),
                Int(status.name.dropFirst(prefix.count + 1)) != nil, !own.contains(status.name)
            else { return false }
            let isLeft = lease?.left(of: status.name, createdAt: nil).map { $0.replicas == nil } ?? false
            return isLeft || status.annotations?[Self.annotation] == Self.temporary
        }.map(\.name).sorted()
    }

    /// Deploys or deletes a worker's function in the background.
    func changeWorker(_ index: Int) {
        let isDeployed = pool.beginScaling(index) > 0
        let name = pool.functions[index].name
        let gateway = configuration.gateway
        let doubt = configuration.deletionDoubt
        if isDeployed {
            guard let deployment = configuration.deployment else { return }
            pool.note(remains: true, of: index, at: clock.now)
            let specification = specification(of: name, deployment)
            let secure = securing(index)
            deployed.insert(index)
            jobs.yield { [weak self] in
                await secure?()
                let result = await Result { try await gateway.deployOrAdopt(specification) }
                await self?.deployed(index, result)
            }
        } else {
            // From now on it takes no calls, even if it is asked for again before it is gone.
            pool.see(index, available: 0, at: clock.now)
            jobs.yield { [weak self] in
                let result = await Result { try await gateway.deleteAndLook(name) }
                await self?.deleted(index, result)
                guard (try? result.get()) == .missing else { return }
                try? await Task.sleep(for: doubt)
                await self?.look(at: index)
            }
        }
    }

    private func deployed(_ index: Int, _ result: Result<FunctionStatus, any Error>) {
        let name = pool.functions[index].name
        configuration.meter?.count(.change(isRefused: result.isFailure))
        switch result {
        case .success(let status):
            wasThere.insert(index)
            // One that has no replica yet gets it by itself.
            _ = pool.endScaling(index, replicas: 1, at: clock.now)
            pool.note(remains: true, of: index, at: clock.now)
            pool.see(index, available: status.availableReplicas, at: clock.now)
        case .failure(let error as GatewayError) where error.kind == .unauthorized:
            pool.failScaling(index, delay: .infinity, at: clock.now)
            breakDown(error.description)
        case .failure(let error as GatewayError)
        where !error.isRetryable && error.kind != .notFound && !mayPass(error, for: index):
            pool.note(remains: false, of: index, at: clock.now)
            pool.refuseWorker(index, at: clock.now)
            refusal = error
        case .failure(let error):
            pool.failScaling(index, delay: clock.scenario(pause(after: pool.functions[index].failures)), at: clock.now)
            if !(error is CancellationError) {
                note(.deployment, about: name, "could not be deployed yet: \(error)")
            }
        }
        sayCapacity()
        tellGateway()
        dispatch()
    }

    /// Whether a refused deployment says nothing of how many functions the gateway takes: the name is in the way of itself, or
    /// the gateway has had this very function before.
    private func mayPass(_ refusal: GatewayError, for index: Int) -> Bool {
        let text = refusal.message.lowercased()
        if text.contains("already exists") || text.contains("being deleted") { return true }
        let saysLimit = ["limit", "maximum", "no more", "quota", "license", "edition"].contains { text.contains($0) }
        return wasThere.contains(index) && !saysLimit
    }

    /// Says how many workers the gateway takes, once no deployment is under way that could change it.
    private func sayCapacity() {
        guard let refusal, !pool.functions.contains(where: { $0.isChanging && $0.told == 1 }) else { return }
        self.refusal = nil
        let most = pool.capacity ?? 0
        if most == 0 { return breakDown("the gateway takes no worker function: \(refusal)") }
        note(
            .capacity,
            "the gateway takes no more than \(most) worker functions, so there are no more workers: \(refusal)")
    }

    private func deleted(_ index: Int, _ result: Result<Deletion, any Error>) {
        let name = pool.functions[index].name
        configuration.meter?.count(.change(isRefused: result.isFailure))
        switch result {
        case .success: endDeletion(of: index)
        case .failure(let error):
            pool.failScaling(index, delay: clock.scenario(pause(after: pool.functions[index].failures)), at: clock.now)
            if !(error is CancellationError) {
                note(.deletion, about: name, "could not be deleted yet, and is paid for until it is: \(error)")
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
    func pause(after failures: Int) -> Duration {
        .milliseconds(500) * (1 << min(failures, 5))
    }

    /// Whether a function is the farm's to delete when it is released.
    func isToBeDeleted(_ index: Int) -> Bool {
        // What is not there any more as far as is known is deleted all the same: somebody else's failed deletion may bring
        // it back.
        guard pool.functions[index].told != nil || pool.functions[index].remains || deployed.contains(index) else {
            return false
        }
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
            guard case .refused = refusal.kind, !refusal.message.contains("being deleted"),
                let status = try await function(specification.service)
            else { throw refusal }
            if status.replicas == 0 { try await scale(specification.service, to: 1) }
            return status
        }
        // Not known yet: it is looked for again.
        return try await function(specification.service)
            ?? FunctionStatus(name: specification.service, image: specification.image)
    }

    /// Deletes a function and waits until the gateway no longer tells of it: on Kubernetes that is when its pods are gone, long
    /// after the answer.
    ///
    /// - Throws: ``GatewayError``, of kind ``GatewayError/Kind/timedOut`` when it is still there after a minute.
    func deleteAndLook(_ name: String) async throws -> Deletion {
        var outcome = Deletion.done
        do {
            try await delete(name)
        } catch let error as GatewayError where error.kind == .notFound {
            outcome = .missing
        }
        let deadline = ContinuousClock.now + .seconds(60)
        while try await function(name) != nil {
            guard ContinuousClock.now < deadline else {
                throw GatewayError(.timedOut, "\(name) is still there a minute after its deletion was accepted")
            }
            try await Task.sleep(for: .milliseconds(200))
        }
        return outcome
    }
}

/// How a deletion went.
enum Deletion: Sendable {
    case done
    /// The gateway did not know the function.
    case missing
}
