public import Farm
import Numbers
public import Randomness

/// Episodes: their beginning, and a window for each decision.
extension LiveFarm {
    public func prepare() async throws {
        if let broken = condition.broken { throw FarmError(.unavailable, broken) }
        if let shortage { note(.shortage, shortage) }
        try await inUse { try await $0.settle() }
    }

    /// Nobody takes the farm over until a window has been closed, or an episode begun; unless the call fails.
    private func inUse(_ call: (isolated LiveFarm) async throws -> Void) async throws {
        idleSince = nil
        do {
            try await call(self)
        } catch {
            idleSince = .now
            throw error
        }
    }

    private func settle() async throws {
        episode.abandon()
        try await drain()
        pool.forgetLimits()
        setDesired(options.onReset == .adopt && pool.ready > 0 ? pool.ready : scenario.stages.first.workers.initial)
        let (missing, begun) = (pool.desired - pool.ready, ContinuousClock.now)
        try await waitUntilScaled(limit: scalingLimit)
        if let broken = condition.broken { throw FarmError(.unavailable, broken) }
        sayFloor()
        if missing > 0 { sayHowLongStartsTook((ContinuousClock.now - begun) / .seconds(1)) }
    }

    public func begin(seed: Seed, at origin: ContinuousClock.Instant) async throws -> WindowMetrics {
        defer { idleSince = .now }
        workers.invoker.beginEpisode()
        let stream = TaskStream(scenario: scenario, seed: seed)
        episode.begin(tasks: stream.tasks.count, at: origin)
        pool.startAccounts()
        startEmitter(stream)
        openDoor()
        var metrics = snapshot(at: 0)
        metrics.notes = notes.take()
        return metrics
    }

    public func ask(for staffing: Staffing) async throws {
        if !episode.isRunning, let broken = condition.broken { throw FarmError(.unavailable, broken) }
        let target = scenario.stages.first.workers.clamp(staffing.first)
        episode.change = (applied: target - pool.desired, requested: staffing.first - pool.desired)
        if target != staffing.first { options.meter?.count(.bounded) }
        if target != pool.desired { setDesired(target) }
        try await inUse { farm in
            guard farm.scenario.scaling == .blocking else { return }
            try await farm.waitUntilScaled(limit: farm.scalingLimit)
        }
    }

    /// How long workers may take that were asked for.
    private var scalingLimit: Duration { .seconds(30) + clock.real(scenario.stages.first.startUp.longest * 2) }

    public func closeWindow(due: ContinuousClock.Instant, isOverrun: Bool) async throws -> FarmWindow {
        defer { idleSince = .now }
        let now = clock.now
        let late = (ContinuousClock.now - due) / .seconds(1)
        let (tally, closed) = episode.ledger.closeWindow(at: now)
        var metrics = snapshot(at: now)
        let seconds = episode.closeWindow(at: now)
        let workerTime = pool.closeWindow(at: now)
        metrics.record(tally, workers: workerTime, seconds: seconds, end: now)
        options.meter?.countWindow(late: late, tally, paid: workerTime.paid)
        metrics.step = episode.windowIndex
        metrics.isOverrun = isOverrun
        metrics.stages.first.workers.appliedDelta = episode.change.applied
        metrics.stages.first.workers.requestedDelta = episode.change.requested
        guard metrics.totals.isConserved else {
            throw FarmError(.inconsistent, "the books do not balance: \(metrics.totals); please report this")
        }
        episode.last = metrics
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

/// A farm on its own, whose windows end on a grid that begins with the episode.
extension LiveFarm {
    /// Begins an episode.
    ///
    /// - Returns: the metrics at time 0.
    /// - Throws: ``FarmError``.
    public func reset(seed: Seed) async throws -> WindowMetrics {
        try await prepare()
        return try await begin(seed: seed, at: .now)
    }

    /// Asks for workers and lets the window pass.
    ///
    /// - Throws: ``FarmError``.
    public func advance(_ staffing: Staffing) async throws -> FarmWindow {
        let grid = WindowGrid(origin: clock.origin, stepSeconds: scenario.stepSeconds, speed: speed)
        let end = grid.end(ofWindowFrom: .now)
        try await ask(for: staffing)
        let isOverrun = scenario.scaling == .blocking && .now > end
        if !isOverrun { try await Task.sleep(until: end, tolerance: .zero, clock: .continuous) }
        return try await closeWindow(due: end, isOverrun: isOverrun)
    }
}
