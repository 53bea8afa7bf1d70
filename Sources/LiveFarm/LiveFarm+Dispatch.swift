import Farm

/// From the task source into the queue, and from the queue to the workers.
extension LiveFarm {
    /// An attempt under way.
    struct Assignment: Sendable {
        let attempt: TaskAttempt
        /// Real seconds that the work takes, when the scenario says so.
        let work: Double?
        /// In scenario seconds.
        let begunAt: Double
    }

    /// How many tasks are put into the queue without a pause for others.
    private static let batch = 256

    /// Puts the scenario's tasks into the queue, each at its time.
    func startEmitter(_ stream: TaskStream) {
        let (current, clock) = (episode.number, clock)
        jobs?.start { [weak self] in
            var rest = stream.tasks[...]
            while let first = rest.first {
                do { try await clock.sleep(until: first.generatedAt) } catch { return }
                let now = max(clock.now, first.generatedAt)
                let due = rest.prefix(LiveFarm.batch).prefix { $0.generatedAt <= now }
                rest = rest.dropFirst(due.count)
                guard await self?.emit(due, in: current) == true else { return }
            }
        }
    }

    private func emit(_ tasks: ArraySlice<FarmTask>, in emitting: Int) -> Bool {
        guard emitting == episode.number, episode.isRunning else { return false }
        let now = clock.now
        for task in tasks { episode.ledger.emit(task, at: now) }
        options.meter?.count(.emitted, by: tasks.count)
        dispatch()
        return true
    }

    /// Gives waiting tasks to free workers, oldest first, and sees to it that this is called when a back-off or a unit's rest
    /// ends.
    func dispatch() {
        while let assignment = nextAssignment() { start(assignment) }
        guard episode.isRunning else { return }
        let change = episode.ledger.totals.queued > 0 ? pool.nextChange(after: clock.now) : nil
        let due = min(episode.ledger.nextDue ?? .infinity, change ?? .infinity)
        guard due < episode.nextWake else { return }
        episode.nextWake = due
        let (current, clock) = (episode.number, clock)
        jobs?.start { [weak self] in
            try? await clock.sleep(until: due)
            await self?.wake(at: due, in: current)
        }
    }

    /// The oldest waiting task and a free worker for it; nil when there is no such pair.
    func nextAssignment() -> Assignment? {
        let now = clock.now
        guard episode.isRunning, workers.invoker.hasRoom, let unit = pool.freest(at: now),
            let (ticket, task, count) = episode.ledger.beginNext(at: now, isHandedOver: true)
        else { return nil }
        pool.beginCall(unit, isWaiting: true, at: now)
        let attempt = TaskAttempt(
            number: episode.numberAttempt(), episode: episode.number, ticket: ticket, unit: unit,
            worker: pool.units[unit].name,
            call: WorkerCall.make(
                for: task, attempt: count, episode: episode.number, scenario: scenario, speed: speed,
                extras: options.request))
        begin(workers.invoker.begin(attempt))
        return Assignment(
            attempt: attempt, work: WorkerCall.realSeconds(of: task, speed: speed), begunAt: now)
    }

    /// Attempts have their workers from now on.
    func begin(_ attempts: [TaskAttempt]) {
        let now = clock.now
        for attempt in attempts {
            pool.startCall(attempt.unit, at: now)
            if isCurrent(attempt) { episode.ledger.start(attempt.ticket, at: now) }
        }
    }

    func isCurrent(_ attempt: TaskAttempt) -> Bool { attempt.episode == episode.number && episode.isRunning }

    /// Makes the call in the background. When it has ended, the same job goes on with the next one, so that a busy farm
    /// makes no new jobs.
    private func start(_ assignment: Assignment) {
        jobs?.start { [weak self, invoker = workers.invoker] in
            var next: Assignment? = assignment
            while let current = next {
                let end = await invoker.perform(current.attempt)
                next = await self?.collect(end, of: current)
            }
        }
    }

    private func wake(at due: Double, in waking: Int) {
        guard waking == episode.number else { return }
        if episode.nextWake == due { episode.nextWake = .infinity }
        dispatch()
    }
}
