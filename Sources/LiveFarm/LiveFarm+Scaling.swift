import Farm
import Numbers

extension LiveFarm {
    /// Takes the workers as they were found.
    func take(_ found: WorkersFound) {
        for (index, unit) in found.units.enumerated() {
            guard let sight = unit.sight else { continue }
            pool.find(index, sight, at: clock.now)
        }
        found.notes.forEach(say)
        // An episode that adopts begins with them.
        let running = pool.units.count { $0.remains }
        if options.onReset == .adopt, running > 0 { pool.ask(for: running, at: clock.now) }
    }

    /// Changes the number of workers asked for, within the scenario's bounds, and tells the platform in the background.
    func setDesired(_ count: Int) {
        pool.isSteered = true
        pool.ask(for: scenario.stages.first.workers.clamp(count), at: clock.now)
        tellPlatform()
        dispatch()
    }

    /// One request at a time for each unit; a number that changed meanwhile is told when it returns.
    func tellPlatform() {
        for index in pool.outOfDate(at: clock.now) {
            let count = pool.beginScaling(index)
            if pool.isSingle {
                // One that goes takes no calls from now on, even if it is asked for again before it is gone.
                if count > 0 {
                    pool.note(remains: true, of: index, at: clock.now)
                } else {
                    pool.see(index, available: 0, at: clock.now)
                }
            }
            jobs?.start { [weak self, scaler = workers.scaler] in
                let answer = await scaler.ask(index, for: count)
                await self?.scaled(index, to: count, answer)
                guard let doubt = answer.doubt else { return }
                try? await Task.sleep(for: doubt)
                await self?.look(at: index)
            }
        }
    }

    private func scaled(_ index: Int, to asked: Int, _ answer: ScalingAnswer) {
        options.meter?.count(answer.isRefusal ? .changeRefused : .changed)
        answer.notes.forEach(say)
        let now = clock.now
        switch answer.verdict {
        case .done(let sight):
            condition.scalingRefusal = nil
            take(
                sight ?? WorkerSight(count: asked, available: pool.units[index].available), isSeen: sight != nil, index)
        case .kept(let sight):
            take(sight, isSeen: true, index)
        case .full(let reason):
            condition.fullness = reason
            pool.refuseUnit(index, at: now)
        case .failed(let refusal):
            // Told again by the poller.
            let pause = Duration.milliseconds(500) * (1 << min(pool.units[index].scaling.failures, 5))
            pool.failScaling(index, delay: clock.scenario(pause), at: now)
            condition.scalingRefusal = refusal ?? condition.scalingRefusal
        case .fatal(let reason):
            pool.failScaling(index, delay: .infinity, at: now)
            breakDown(reason)
        }
        sayFullness()
        tellPlatform()
        dispatch()
    }

    private func take(_ sight: WorkerSight, isSeen: Bool, _ index: Int) {
        if pool.isSingle { return pool.endChange(index, sight, at: clock.now) }
        pool.endScaling(index, count: sight.count, at: clock.now)
        if isSeen { pool.see(index, available: sight.available, at: clock.now) }
    }

    /// Says how many units the platform takes, once no request is under way that could change it.
    private func sayFullness() {
        guard let reason = condition.fullness,
            !pool.units.contains(where: { $0.scaling.isChanging && $0.scaling.told == 1 })
        else { return }
        condition.fullness = nil
        let most = pool.capacity ?? 0
        if most == 0 { return breakDown("\(form.platform) takes no worker \(form.unit): \(reason)") }
        note(
            .capacity,
            "\(form.platform) takes no more than \(most) worker \(form.unit)s, so there are no more workers: \(reason)")
    }

    /// Waits until the workers are as many as asked for and none is on its way out.
    ///
    /// - Throws: ``FarmError`` when that takes longer than `limit`, `CancellationError`.
    func waitUntilScaled(limit: Duration) async throws {
        let begun = ContinuousClock.now
        let deadline = begun + limit
        while !pool.isSettled {
            if condition.broken != nil { return }
            // A platform that goes on refusing is not waited for as one whose workers start.
            let isRefused = condition.scalingRefusal != nil && ContinuousClock.now > begun + options.refusalLimit
            guard ContinuousClock.now < deadline, !isRefused else {
                if scenario.scaling == .blocking, episode.isRunning { return }
                throw FarmError(
                    .unavailable,
                    "\(pool.ready) of \(pool.desired) workers are ready after \(ContinuousClock.now - begun); "
                        + (condition.scalingRefusal.map { "\(form.platform) refuses to scale: \($0)" }
                            ?? condition.outage.reason.map { "\(form.platform) does not answer: \($0)" }
                            ?? shortage ?? "look at the \(form.unit)s' logs on \(form.platform)"))
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// What is short for calls of the most workers; nil when nothing is.
    var shortage: String? { workers.invoker.shortage(of: scenario.stages.first.workers.max) }

    /// Waits for the calls of the last episode to end; what has not ended after the attempt limit no longer counts.
    func drain() async throws {
        let deadline = ContinuousClock.now + clock.real(scenario.retry.attemptLimit)
        while pool.inFlight > 0, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Looks at every unit again and again, faster while workers start.
    func pollUntilCancelled() async {
        while !Task.isCancelled {
            let begun = ContinuousClock.now
            for change in await workers.scaler.changes() { take(change) }
            await withDiscardingTaskGroup { group in
                for index in pool.units.indices where isWorthALook(index) {
                    group.addTask { await self.look(at: index) }
                }
            }
            if pool.isSteered { tellPlatform() }
            // Many units are not looked at more often than a gateway bears.
            let least = Duration.milliseconds(4 * pool.units.count)
            let interval = pool.starting > 0 ? min(options.pollInterval, .milliseconds(50)) : options.pollInterval
            try? await Task.sleep(until: begun + max(interval, least), clock: .continuous)
        }
    }

    private func take(_ change: UnitChange) {
        switch change {
        case .came(let name): pool.add(name, at: clock.now)
        case .went(let index): pool.set(isGone: true, index, at: clock.now)
        case .returned(let index): pool.set(isGone: false, index, at: clock.now)
        case .noted(let note): say(note)
        }
    }

    private func isWorthALook(_ index: Int) -> Bool {
        let unit = pool.units[index]
        return !pool.isSingle || unit.asked > 0 || unit.remains || unit.scaling.told != nil
    }

    func look(at index: Int) async {
        let begun = ContinuousClock.now
        let changes = pool.units[index].scaling.changes
        do {
            let sight = try await workers.scaler.look(at: index)
            let isCurrent = pool.units[index].scaling.changes == changes && !pool.units[index].scaling.isChanging
            // A worker that was ended and made again meanwhile is not the one that was seen.
            if isCurrent || !pool.isSingle { pool.see(index, available: sight?.available, at: clock.now) }
            if isCurrent {
                if pool.isSingle, pool.units[index].asked == 0, sight != nil {
                    // It has come back after its deletion, or was never gone: it is deleted again.
                    pool.units[index].scaling.told = 1
                }
                if pool.isSingle { pool.note(remains: (sight?.count ?? 0) > 0, of: index, at: clock.now) }
                compare(index, with: sight)
            }
            heard()
            if sight != nil { dispatch() }
        } catch {
            // The last counts stand, and age.
            missed(error, since: begun)
            if episode.ledger.totals.queued > 0 { dispatch() }
        }
        let unit = pool.units[index]
        if !pool.isSingle, let since = unit.sight.missingSince, clock.real(clock.now - since) > options.missingLimit {
            breakDown(
                "\(form.platform) \(form.address) has not known the \(form.unit) \(unit.name) for \(options.missingLimit); "
                    + "deploy it again, or correct the name")
        }
    }

    /// Notices that somebody else has changed a unit, and has the platform told again.
    private func compare(_ index: Int, with sight: WorkerSight?) {
        let unit = pool.units[index]
        guard !unit.scaling.isChanging, let told = unit.scaling.told, told == unit.asked else { return }
        // A unit that is not known for a moment comes back by itself; a single worker is asked for again.
        if sight == nil {
            guard pool.isSingle, let since = unit.sight.missingSince, clock.real(clock.now - since) > .seconds(1)
            else { return }
        }
        let count = sight?.count ?? 0
        guard count != told else { return }
        // One that is missing has been waited for already.
        pool.tellAgain(index, delay: clock.scenario(sight == nil ? .zero : .seconds(1)), at: clock.now)
        note(
            .strangersHand, about: unit.name,
            "\(count) replicas where \(told) were asked for: it crashed, or somebody else scales it; asking again")
    }
}
