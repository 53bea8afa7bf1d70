import Curl
public import Farm
import Numbers
public import Randomness

/// Episodes: their beginning, and a window for each decision.
extension LiveFarm {
    public func reset(seed: Seed) async throws -> WindowMetrics {
        if let broken { throw FarmError(.unavailable, broken) }
        if let shortageOfFiles { note(.shortage, shortageOfFiles) }
        idleSince = nil
        defer { idleSince = .now }
        isRunning = false
        closeIngress()
        episode += 1
        try await drain()
        pool.forgetLimits()
        if configuration.onReset == .adopt, pool.ready > 0 {
            setDesired(scenario.workers.clamp(pool.ready))
        } else {
            setDesired(scenario.workers.initial)
        }
        let (missing, begun) = (pool.desired - pool.ready, ContinuousClock.now)
        try await waitUntilScaled(limit: .seconds(30) + clock.real(scenario.startUp.longest * 2))
        if let broken { throw FarmError(.unavailable, broken) }
        sayFloor()
        if missing > 0 { sayHowLongStartsTook((ContinuousClock.now - begun) / .seconds(1)) }

        queueLine.forgetAbandoned()
        ledger = TaskLedger(retry: scenario.retry)
        clock = FarmClock(speed: speed)
        pool.startAccounts()
        windowStart = 0
        windowIndex = 0
        nextWake = .infinity
        isRunning = true
        ingressCount = 0
        startEmitter(TaskStream(scenario: scenario, seed: seed))
        openIngress()
        var metrics = snapshot(at: 0)
        metrics.notes = notes.take()
        return metrics
    }

    public func advance(desired: Int) async throws -> FarmWindow {
        if !isRunning, let broken { throw FarmError(.unavailable, broken) }
        idleSince = nil
        defer { idleSince = .now }
        let requested = desired - pool.desired
        let target = scenario.workers.clamp(desired)
        let applied = target - pool.desired
        let begun = clock.now
        if target != pool.desired { setDesired(target) }
        // The next grid point at least half a window away; skipped ones are merged into this window.
        let step = scenario.stepSeconds
        let gridPoint = ((begun + step / 2) / step).rounded(.up) * step
        var isOverrun = false
        if scenario.scaling == .blocking {
            try await waitUntilScaled(limit: .seconds(30) + clock.real(scenario.startUp.longest * 2))
            isOverrun = clock.now > gridPoint
        }
        try await clock.sleep(until: gridPoint)
        configuration.meter?.countWindow(late: (clock.now - gridPoint) / speed)
        return try closeWindow(applied: applied, requested: requested, isOverrun: isOverrun)
    }

    /// What is short when this program may not open as many files as the most workers' calls take; nil when nothing is.
    var shortageOfFiles: String? {
        guard let limit = OpenFiles.limit, let room = OpenFiles.room else { return nil }
        // On a gateway in this program a call is both ends of a connection, and one to the worker.
        let perCall = configuration.isPrivate ? 3 : 1
        guard scenario.workers.max * perCall > room else { return nil }
        return
            "\(scenario.workers.max) workers may be asked for, and a call takes \(perCall) of the \(limit) files that this program "
            + "may open: no more than about \(room / perCall) of their calls run at a time; raise `ulimit -n`"
    }

    private func closeWindow(applied: Int, requested: Int, isOverrun: Bool) throws -> FarmWindow {
        let now = clock.now
        windowIndex += 1
        let (tally, closed) = ledger.closeWindow(at: now)
        var metrics = snapshot(at: now)
        metrics.record(tally, workers: pool.closeWindow(at: now), seconds: now - windowStart, end: now)
        metrics.step = windowIndex
        metrics.isOverrun = isOverrun
        metrics.appliedDelta = applied
        metrics.requestedDelta = requested
        windowStart = now
        guard metrics.totals.isConserved else {
            throw FarmError(.inconsistent, "the books do not balance: \(metrics.totals); please report this")
        }
        sayStrays()
        sayWhatNoSpeedDivides(metrics)
        var records = closed
        let end = end(at: now)
        if end != nil {
            isRunning = false
            closeIngress()
            records += ledger.unfinished()
        }
        metrics.notes = notes.take()
        return FarmWindow(metrics: metrics, records: records, end: end)
    }

    /// Says that there may never be as few workers as the scenario allows.
    private func sayFloor() {
        let (count, least) = (pool.functions.count, scenario.workers.min)
        if pool.floor > least {
            note(
                .floor,
                "the gateway keeps \(pool.floor) workers, one of each function at least, so the scenario's workers.min of "
                    + "\(least) is not reached; fewer functions would do")
        } else if !pool.isDisposable, configuration.deployment == nil, configuration.leastReplicas == nil, count > least
        {
            note(
                .floorMayBe,
                "there are never fewer workers than functions (\(count)) where the gateway keeps one replica of each, as the "
                    + "Community Edition's does; the scenario's workers.min is \(least)")
        }
    }

    private func end(at now: Double) -> FarmEnd? {
        if let broken { return .broken(broken) }
        if ledger.openCount == 0, ledger.totals.emitted == streamCount + ingressCount, scenario.arrivals.isFixedCount {
            return .finished
        }
        return now >= scenario.horizon - scenario.stepSeconds / 4 ? .horizon : nil
    }

    private func snapshot(at now: Double) -> WindowMetrics {
        var metrics = WindowMetrics()
        metrics.time = now
        metrics.queueLength = ledger.totals.queued
        metrics.oldestAge = ledger.oldestAge(at: now)
        metrics.running = ledger.totals.running
        metrics.ready = pool.ready
        metrics.starting = pool.starting
        metrics.draining = pool.draining
        metrics.desired = pool.desired
        metrics.platformFloor = min(pool.floor, scenario.workers.max)
        metrics.totals = ledger.totals
        metrics.phasesToCome = scenario.arrivals.phasesToCome(at: now)
        metrics.readyAge = pool.oldestSight.map { max(0, now - $0) } ?? now
        metrics.isStale = metrics.readyAge / speed > max(1, 4 * (configuration.pollInterval / .seconds(1)))
        return metrics
    }
}
