public import Farm
import Numbers
public import Randomness

/// Episodes: their beginning, and a window for each decision.
extension LiveFarm {
    public func reset(seed: Seed) async throws -> WindowMetrics {
        if let broken = condition.broken { throw FarmError(.unavailable, broken) }
        if let shortage { note(.shortage, shortage) }
        idleSince = nil
        defer { idleSince = .now }
        episode.abandon()
        try await drain()
        pool.forgetLimits()
        setDesired(options.onReset == .adopt && pool.ready > 0 ? pool.ready : scenario.stages.first.workers.initial)
        let (missing, begun) = (pool.desired - pool.ready, ContinuousClock.now)
        try await waitUntilScaled(limit: scalingLimit)
        if let broken = condition.broken { throw FarmError(.unavailable, broken) }
        sayFloor()
        if missing > 0 { sayHowLongStartsTook((ContinuousClock.now - begun) / .seconds(1)) }

        workers.invoker.beginEpisode()
        let stream = TaskStream(scenario: scenario, seed: seed)
        episode.begin(tasks: stream.tasks.count)
        pool.startAccounts()
        startEmitter(stream)
        openDoor()
        var metrics = snapshot(at: 0)
        metrics.notes = notes.take()
        return metrics
    }

    public func advance(_ staffing: Staffing) async throws -> FarmWindow {
        if !episode.isRunning, let broken = condition.broken { throw FarmError(.unavailable, broken) }
        idleSince = nil
        defer { idleSince = .now }
        let requested = staffing.first - pool.desired
        let target = scenario.stages.first.workers.clamp(staffing.first)
        let applied = target - pool.desired
        let begun = clock.now
        if target != pool.desired { setDesired(target) }
        // The next grid point at least half a window away; skipped ones are merged into this window.
        let step = scenario.stepSeconds
        let gridPoint = ((begun + step / 2) / step).rounded(.up) * step
        var isOverrun = false
        if scenario.scaling == .blocking {
            try await waitUntilScaled(limit: scalingLimit)
            isOverrun = clock.now > gridPoint
        }
        try await clock.sleep(until: gridPoint)
        options.meter?.countWindow(late: (clock.now - gridPoint) / speed)
        return try closeWindow(applied: applied, requested: requested, isOverrun: isOverrun)
    }

    /// How long workers may take that were asked for.
    private var scalingLimit: Duration { .seconds(30) + clock.real(scenario.stages.first.startUp.longest * 2) }

    private func closeWindow(applied: Int, requested: Int, isOverrun: Bool) throws -> FarmWindow {
        let now = clock.now
        let (tally, closed) = episode.ledger.closeWindow(at: now)
        var metrics = snapshot(at: now)
        let seconds = episode.closeWindow(at: now)
        metrics.record(tally, workers: pool.closeWindow(at: now), seconds: seconds, end: now)
        metrics.step = episode.windowIndex
        metrics.isOverrun = isOverrun
        metrics.stages.first.workers.appliedDelta = applied
        metrics.stages.first.workers.requestedDelta = requested
        guard metrics.totals.isConserved else {
            throw FarmError(.inconsistent, "the books do not balance: \(metrics.totals); please report this")
        }
        workers.invoker.news().forEach(say)
        sayWhatNoSpeedDivides(metrics)
        var records = closed
        let end = end(at: now)
        if end != nil {
            episode.stop()
            records += episode.ledger.unfinished()
        }
        metrics.notes = notes.take()
        return FarmWindow(metrics: metrics, records: records, end: end)
    }

    /// Says that there may never be as few workers as the scenario allows.
    private func sayFloor() {
        let (count, least, platform, unit) = (
            pool.units.count, scenario.stages.first.workers.min, form.platform, form.unit
        )
        if pool.floor > least {
            note(
                .floor,
                "\(platform) keeps \(pool.floor) workers, one of each \(unit) at least, so the scenario's workers.min of "
                    + "\(least) is not reached; fewer \(unit)s would do")
        } else if form.mayKeepOne, count > least {
            note(
                .floorMayBe,
                "there are never fewer workers than \(unit)s (\(count)) where \(platform) keeps one replica of each, as the "
                    + "Community Edition's does; the scenario's workers.min is \(least)")
        }
    }

    private func end(at now: Double) -> FarmEnd? {
        if let broken = condition.broken { return .broken(broken) }
        let ledger = episode.ledger
        if ledger.openCount == 0, ledger.totals.emitted == episode.taskCount, scenario.arrivals.isFixedCount {
            return .finished
        }
        return now >= scenario.horizon - scenario.stepSeconds / 4 ? .horizon : nil
    }

    private func snapshot(at now: Double) -> WindowMetrics {
        var metrics = WindowMetrics()
        metrics.time = now
        metrics.totals = episode.ledger.totals
        var row = StageMetrics()
        row.queueLength = metrics.totals.queued
        row.oldestAge = episode.ledger.oldestAge(at: now)
        row.running = metrics.totals.running
        row.workers.ready = pool.ready
        row.workers.starting = pool.starting
        row.workers.draining = pool.draining
        row.workers.desired = pool.desired
        row.workers.floor = min(pool.floor, scenario.stages.first.workers.max)
        metrics.stages = PerStage(row)
        metrics.phasesToCome = scenario.arrivals.phasesToCome(at: now)
        metrics.readyAge = pool.oldestSight.map { max(0, now - $0) } ?? now
        metrics.isStale = metrics.readyAge / speed > max(1, 4 * (options.pollInterval / .seconds(1)))
        return metrics
    }
}
