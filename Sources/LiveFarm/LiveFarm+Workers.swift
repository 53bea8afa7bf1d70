import Farm
import Logging
import OpenFaaS

extension LiveFarm {
    /// Deploys the pool's functions, or checks that they are there, before any task is sent.
    func open() async throws {
        do {
            if let deployment = configuration.deployment {
                for name in configuration.functions { try await deploy(name, deployment) }
                found = configuration.functions.map { _ in 0 }
            } else {
                for name in configuration.functions {
                    guard let status = try await configuration.gateway.function(name) else { throw await missing(name) }
                    found.append(status.replicas)
                }
            }
        } catch let error as FarmError {
            throw error
        } catch {
            throw FarmError(.unavailable, "the gateway cannot be used: \(error)")
        }
    }

    /// Changes the number of workers asked for, within the scenario's bounds, and tells the gateway in the background.
    func setDesired(_ count: Int) {
        pool.ask(for: scenario.workers.clamp(count), at: clock.now)
        tellGateway()
        dispatch()
    }

    /// One scale call at a time for each function; a number that changed meanwhile is told when it returns.
    private func tellGateway() {
        for index in pool.outOfDate(at: clock.now) {
            let replicas = pool.beginScaling(index)
            let name = pool.functions[index].name
            jobs.yield { [weak self, gateway = configuration.gateway] in
                let result = await Result { try await gateway.scaleAndReadBack(name, to: replicas) }
                await self?.scaled(index, to: replicas, result)
            }
        }
    }

    private func scaled(_ index: Int, to asked: Int, _ result: Result<FunctionStatus, any Error>) {
        let name = pool.functions[index].name
        switch result {
        case .success(let status):
            if pool.endScaling(index, replicas: status.replicas, at: clock.now) {
                note(
                    "the gateway made it \(status.replicas) replicas of \(name) where \(asked) were asked for: it limits them",
                    once: "clamped \(name)")
            }
            pool.see(index, available: status.availableReplicas, at: clock.now)
            tellGateway()
        case .failure(let error as GatewayError) where !error.isRetryable && error.kind != .notFound:
            _ = pool.endScaling(index, replicas: asked, at: clock.now)
            if error.kind == .unauthorized { breakDown(error.description) } else { note(error.description) }
        case .failure(let error):
            // Told again by the poller.
            pool.failScaling(index, delay: 0.5 * speed, at: clock.now)
            if !(error is CancellationError) { note("\(name) could not be scaled: \(error)", once: "scale \(name)") }
        }
        dispatch()
    }

    /// Waits until the workers are as many as asked for and none is on its way out.
    ///
    /// - Throws: ``FarmError`` when that takes longer than `limit`, `CancellationError`.
    func waitUntilScaled(limit: Duration) async throws {
        let deadline = ContinuousClock.now + limit
        while pool.ready != pool.desired || pool.functions.contains(where: { $0.isScaling }) || pool.draining > 0 {
            if broken != nil { return }
            guard ContinuousClock.now < deadline else {
                if scenario.scaling == .blocking, isRunning { return }
                throw FarmError(
                    .unavailable,
                    "\(pool.ready) of \(pool.desired) workers are ready after \(limit); look at the functions' logs on the gateway"
                )
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Waits for the calls of the last episode to end; what has not ended after the attempt limit no longer counts.
    func drain() async throws {
        let deadline = ContinuousClock.now + clock.real(scenario.retry.attemptLimit)
        while pool.inFlight > 0, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Looks at every function again and again, faster while workers start.
    func pollUntilCancelled() async {
        while !Task.isCancelled {
            let clock = ContinuousClock.now
            await withDiscardingTaskGroup { group in
                for index in pool.functions.indices { group.addTask { await self.look(at: index) } }
            }
            tellGateway()
            let interval =
                pool.starting > 0 ? min(configuration.pollInterval, .milliseconds(50)) : configuration.pollInterval
            try? await Task.sleep(until: clock + interval, clock: .continuous)
        }
    }

    private func look(at index: Int) async {
        let name = pool.functions[index].name
        do {
            let status = try await configuration.gateway.function(name)
            pool.see(index, available: status?.availableReplicas, at: clock.now)
            if status != nil { dispatch() }
        } catch let error as GatewayError where error.kind == .unauthorized {
            breakDown(error.description)
        } catch {
            // The last counts stand, and age.
        }
        if let since = pool.functions[index].missingSince, clock.real(clock.now - since) > configuration.missingLimit {
            breakDown(
                "the gateway \(configuration.gateway.address) has not known the function \(name) for \(configuration.missingLimit); "
                    + "deploy it again, or correct the name")
        }
    }

    /// Gives the workers back as the configuration says. Errors are logged: nobody waits for the outcome.
    func release() async {
        let gateway = configuration.gateway
        for (index, name) in configuration.functions.enumerated() {
            do {
                if configuration.deployment != nil {
                    try await gateway.delete(name)
                } else {
                    switch configuration.onRelease {
                    case .keep: break
                    case .restore: try await gateway.scale(name, to: found[index])
                    case .minimum:
                        let count = configuration.functions.count
                        try await gateway.scale(
                            name, to: scenario.workers.min / count + (index < scenario.workers.min % count ? 1 : 0))
                    }
                }
            } catch {
                logger.warning("\(name) was not given back: \(error)")
            }
        }
    }

    private func deploy(_ name: String, _ deployment: PoolConfiguration.Deployment) async throws {
        var envVars = deployment.envVars
        let startUp = scenario.startUp
        let durations = [
            "start_delay": startUp.mean, "start_delay_sd": startUp.standardDeviation, "start_delay_min": startUp.min,
            "start_delay_max": startUp.max,
        ]
        for (key, seconds) in durations { envVars[key] = "\(Int((seconds / speed * 1_000).rounded()))ms" }
        envVars["max_inflight"] = "1"
        try await configuration.gateway.deploy(
            FunctionDeployment(
                service: name, image: deployment.image, envProcess: deployment.envProcess, envVars: envVars,
                labels: ["com.openfaas.scale.min": "1"], annotations: ["faasfarm": "worker"]),
            update: false)
    }

    private func missing(_ name: String) async -> FarmError {
        let known = (try? await configuration.gateway.functions().map(\.name)) ?? []
        let hint = known.isEmpty ? "it has no functions" : "it has: \(known.sorted().joined(separator: ", "))"
        return FarmError(
            .unavailable, "the gateway \(configuration.gateway.address) has no function \"\(name)\"; \(hint)")
    }
}
