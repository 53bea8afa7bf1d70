import Farm
import Logging
import Numbers
import OpenFaaS

extension LiveFarm {
    /// Deploys the pool's functions, or checks that they are there, before any task is sent.
    func open() async throws {
        try takeLease()
        found = pool.functions.map { _ in nil }
        do {
            if configuration.style == .functions {
                try await adoptWorkers()
            } else if let deployment = configuration.deployment {
                for name in configuration.functions {
                    try await configuration.gateway.deploy(specification(of: name, deployment), update: false)
                }
            } else {
                for (index, name) in configuration.functions.enumerated() {
                    guard let status = try await configuration.gateway.function(name) else { throw await missing(name) }
                    find(index, status)
                    // They stay as they are until an episode says otherwise.
                    pool.find(index, replicas: status.replicas, available: status.availableReplicas, at: clock.now)
                }
                sayLeftovers()
            }
        } catch let error as FarmError {
            throw error
        } catch {
            throw FarmError(.unavailable, "the gateway cannot be used: \(error)")
        }
    }

    /// Changes the number of workers asked for, within the scenario's bounds, and tells the gateway in the background.
    func setDesired(_ count: Int) {
        hasAsked = true
        pool.ask(for: scenario.workers.clamp(count), at: clock.now)
        tellGateway()
        dispatch()
    }

    /// One scale call at a time for each function; a number that changed meanwhile is told when it returns.
    func tellGateway() {
        for index in pool.outOfDate(at: clock.now) {
            if pool.isDisposable {
                changeWorker(index)
                continue
            }
            let replicas = pool.beginScaling(index)
            let name = pool.functions[index].name
            let secure = securing(index)
            jobs.yield { [weak self, gateway = configuration.gateway] in
                await secure?()
                let result = await Result { try await gateway.scaleAndReadBack(name, to: replicas) }
                var kept: FunctionStatus?
                if case .failure(let error as GatewayError) = result, case .refused = error.kind, !error.isRetryable {
                    kept = try? await gateway.function(name)
                }
                await self?.scaled(index, to: replicas, result, kept: kept)
            }
        }
    }

    /// - Parameter kept: what a gateway that refused for good has left as it was.
    private func scaled(
        _ index: Int, to asked: Int, _ result: Result<FunctionStatus?, any Error>, kept: FunctionStatus?
    ) {
        let name = pool.functions[index].name
        configuration.meter?.count(.change(isRefused: result.isFailure))
        switch result {
        case .success(let status?):
            if pool.endScaling(index, replicas: status.replicas, at: clock.now) {
                note(
                    .limited, about: name,
                    "the gateway made it \(status.replicas) replicas where \(asked) were asked for: it limits them"
                        + (status.replicas == 1 && asked > 1
                            ? "; a gateway that never has more than one (faasd) needs --pool functions" : ""))
            }
            pool.see(index, available: status.availableReplicas, at: clock.now)
            scalingRefusal = nil
            tellGateway()
        case .success(nil):
            // It took the number. What it made of it is seen later, or tried with a task.
            _ = pool.endScaling(index, replicas: asked, at: clock.now)
            tellGateway()
        case .failure(let error as GatewayError) where error.kind == .unauthorized:
            pool.failScaling(index, delay: .infinity, at: clock.now)
            breakDown(error.description)
        case .failure(let error as GatewayError) where kept != nil:
            note(.scaling, about: name, "could not be scaled to \(asked), and stays as it is: \(error)")
            _ = pool.endScaling(index, replicas: kept?.replicas ?? asked, at: clock.now)
            pool.see(index, available: kept?.availableReplicas, at: clock.now)
            tellGateway()
        case .failure(let error):
            // Told again by the poller.
            pool.failScaling(
                index, delay: clock.scenario(pause(after: pool.functions[index].failures)), at: clock.now)
            guard let error = error as? GatewayError else { break }
            if error.isRefusal { scalingRefusal = error }
            note(.scaling, about: name, "could not be scaled to \(asked): \(error)")
        }
        dispatch()
    }

    /// Waits until the workers are as many as asked for and none is on its way out.
    ///
    /// - Throws: ``FarmError`` when that takes longer than `limit`, `CancellationError`.
    func waitUntilScaled(limit: Duration) async throws {
        let begun = ContinuousClock.now
        let deadline = begun + limit
        while !pool.isSettled {
            if broken != nil { return }
            // A gateway that goes on refusing is not waited for as one whose workers start.
            let isRefused = scalingRefusal != nil && ContinuousClock.now > begun + configuration.refusalLimit
            guard ContinuousClock.now < deadline, !isRefused else {
                if scenario.scaling == .blocking, isRunning { return }
                throw FarmError(
                    .unavailable,
                    "\(pool.ready) of \(pool.desired) workers are ready after \(ContinuousClock.now - begun); "
                        + (scalingRefusal.map { "the gateway refuses to scale: \($0)" }
                            ?? outage.reason.map { "the gateway does not answer: \($0)" }
                            ?? shortageOfFiles ?? "look at the functions' logs on the gateway"))
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
                for index in pool.functions.indices where isWorthALook(index) {
                    group.addTask { await self.look(at: index) }
                }
            }
            if hasAsked { tellGateway() }
            // Many functions are not looked at more often than a gateway bears.
            let least = Duration.milliseconds(4 * pool.functions.count)
            let interval =
                pool.starting > 0 ? min(configuration.pollInterval, .milliseconds(50)) : configuration.pollInterval
            try? await Task.sleep(until: clock + max(interval, least), clock: .continuous)
        }
    }

    private func isWorthALook(_ index: Int) -> Bool {
        let function = pool.functions[index]
        return !pool.isDisposable || function.asked > 0 || function.remains || function.told != nil
    }

    func look(at index: Int) async {
        let name = pool.functions[index].name
        let begun = ContinuousClock.now
        let changes = pool.functions[index].changes
        do {
            let status = try await configuration.gateway.function(name)
            let isCurrent = pool.functions[index].changes == changes && !pool.functions[index].isChanging
            // A worker that was deleted and deployed again meanwhile is not the one that was seen.
            if isCurrent || !pool.isDisposable {
                pool.see(index, available: status?.availableReplicas, at: clock.now)
            }
            if isCurrent {
                if pool.isDisposable, pool.functions[index].asked == 0, status != nil {
                    // It has come back after its deletion, or was never gone: it is deleted again.
                    pool.functions[index].told = 1
                }
                if pool.isDisposable { pool.note(remains: (status?.replicas ?? 0) > 0, of: index, at: clock.now) }
                compare(index, with: status)
            }
            heard()
            if status != nil { dispatch() }
        } catch let error as GatewayError where error.kind == .unauthorized {
            breakDown(error.description)
        } catch {
            // The last counts stand, and age.
            missed(error, since: begun)
            if ledger.totals.queued > 0 { dispatch() }
        }
        if !pool.isDisposable, let since = pool.functions[index].missingSince,
            clock.real(clock.now - since) > configuration.missingLimit
        {
            breakDown(
                "the gateway \(configuration.gateway.address) has not known the function \(name) for \(configuration.missingLimit); "
                    + "deploy it again, or correct the name")
        }
    }

    /// Notices that somebody else has changed a function, and has the gateway told again.
    private func compare(_ index: Int, with status: FunctionStatus?) {
        let function = pool.functions[index]
        guard !function.isChanging, let told = function.told, told == function.asked else { return }
        let replicas: Int
        if let status {
            replicas = status.replicas
        } else {
            // A function that is not known for a moment comes back by itself; one that has one worker is deployed again.
            guard pool.isDisposable, let since = function.missingSince, clock.real(clock.now - since) > .seconds(1)
            else {
                return
            }
            replicas = 0
        }
        guard replicas != told else { return }
        // One that is missing has been waited for already.
        pool.tellAgain(index, delay: clock.scenario(status == nil ? .zero : .seconds(1)), at: clock.now)
        note(
            .strangersHand, about: function.name,
            "\(replicas) replicas where \(told) were asked for: it crashed, or somebody else scales it; asking again")
    }

    /// Gives the workers back as the configuration says. Errors are logged: nobody waits for the outcome.
    func release() async {
        let limit = configuration.releaseLimit
        let own = pool.functions.count
        let names = pool.functions.map(\.name) + orphans
        await withTaskGroup(of: Int?.self) { group in
            for index in 0..<own {
                group.addTask {
                    await self.release(index)
                    return index
                }
            }
            for index in own..<names.count {
                group.addTask {
                    await self.deleteAtEnd(names[index])
                    return index
                }
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            var left = Set(names.indices)
            while !left.isEmpty, let index = await group.next() ?? nil { left.remove(index) }
            group.cancelAll()
            guard !left.isEmpty else { return }
            let late = left.sorted().map { names[$0] }.joined(separator: ", ")
            logger.warning("not given back within \(limit): \(late)")
        }
    }

    private func release(_ index: Int) async {
        let gateway = configuration.gateway
        let name = pool.functions[index].name
        do {
            if configuration.style == .functions {
                if isToBeDeleted(index) { return await deleteAtEnd(name) }
            } else if configuration.deployment != nil {
                try await gateway.delete(name)
            } else {
                switch configuration.onRelease {
                case .keep: break
                case .restore: try await gateway.scale(name, to: found[index] ?? 1)
                case .minimum:
                    let count = configuration.functions.count
                    try await gateway.scale(
                        name, to: scenario.workers.min / count + (index < scenario.workers.min % count ? 1 : 0))
                }
            }
            lease?.forget(name)
        } catch {
            if !(error is CancellationError) { logger.warning("\(name) was not given back: \(error)") }
        }
    }

    /// Deletes a function, again and again where that fails for now; the end of the release ends it.
    private func deleteAtEnd(_ name: String) async {
        while !Task.isCancelled {
            do {
                try await configuration.gateway.delete(name)
                return lease?.forget(name) ?? ()
            } catch let error as GatewayError where error.kind == .notFound {
                return lease?.forget(name) ?? ()
            } catch let error as GatewayError where error.isRetryable {
                logger.notice("\(name) is not deleted yet: \(error)")
                try? await Task.sleep(for: .milliseconds(500))
            } catch {
                if !(error is CancellationError) { logger.warning("\(name) was not deleted: \(error)") }
                return
            }
        }
    }

    /// What every worker function of the farm is deployed as.
    func specification(of name: String, _ deployment: PoolConfiguration.Deployment) -> FunctionDeployment {
        var envVars = deployment.envVars
        let startUp = scenario.startUp
        let durations = [
            "start_delay": startUp.mean, "start_delay_sd": startUp.standardDeviation, "start_delay_min": startUp.min,
            "start_delay_max": startUp.max,
        ]
        for (key, seconds) in durations where configuration.isPrivate {
            envVars[key] = "\(Int(clamping: (seconds / speed * 1_000).rounded()))ms"
        }
        envVars["max_inflight"] = envVars["max_inflight"] ?? "1"
        // A watchdog waits so long before it ends; with its own 30 s, faasd's deletions fail.
        envVars["healthcheck_interval"] = envVars["healthcheck_interval"] ?? "1s"
        return FunctionDeployment(
            service: name, image: deployment.image, envProcess: deployment.envProcess, envVars: envVars,
            labels: deployment.labels,
            annotations: [
                Self.annotation: configuration.onRelease == .restore
                    ? Self.temporary : configuration.onRelease.rawValue
            ])
    }

    private func missing(_ name: String) async -> FarmError {
        let known = (try? await configuration.gateway.functions().map(\.name)) ?? []
        let hint = known.isEmpty ? "it has no functions" : "it has: \(known.sorted().joined(separator: ", "))"
        return FarmError(
            .unavailable, "the gateway \(configuration.gateway.address) has no function \"\(name)\"; \(hint)")
    }
}
