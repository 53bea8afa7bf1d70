import Farm
import OpenFaaS

/// From the task source into the queue, and from the queue to the workers.
extension LiveFarm {
    /// An attempt at a task, on a worker that is kept for it.
    struct Assignment: Sendable {
        let ticket: Int
        /// The function's place in the pool.
        let function: Int
        let name: String
        let call: FunctionCall
        /// Real seconds that the work takes, when the scenario says so.
        let work: Double?
        let episode: Int
        /// Of a call through the gateway's queue, what its callback is known by.
        let key: String?
        /// In scenario seconds.
        let begunAt: Double
    }

    /// How many tasks are put into the queue without a pause for others.
    private static let batch = 256

    /// Puts the scenario's tasks into the queue, each at its time.
    func startEmitter(_ stream: TaskStream) {
        streamCount = stream.tasks.count
        let current = episode
        let clock = clock
        jobs.yield { [weak self] in
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
        guard emitting == episode, isRunning else { return false }
        let now = clock.now
        for task in tasks { ledger.emit(task, at: now) }
        configuration.meter?.count(.emitted, by: tasks.count)
        dispatch()
        return true
    }

    /// Gives waiting tasks to free workers, oldest first, and sees to it that this is called when a back-off or a function's
    /// rest ends.
    func dispatch() {
        while let assignment = nextAssignment() { start(assignment) }
        guard isRunning else { return }
        let change = ledger.totals.queued > 0 ? pool.nextChange(after: clock.now) : nil
        let due = min(ledger.nextDue ?? .infinity, change ?? .infinity)
        guard due < nextWake else { return }
        nextWake = due
        let clock = clock
        let current = episode
        jobs.yield { [weak self] in
            try? await clock.sleep(until: due)
            await self?.wake(at: due, in: current)
        }
    }

    /// The oldest waiting task and a free worker for it; nil when there is no such pair.
    func nextAssignment() -> Assignment? {
        let now = clock.now
        guard isRunning, queueHasRoom, let function = pool.freest(at: now) else { return nil }
        let isHandedOver = configuration.queue != nil
        guard let (ticket, task, attempt) = ledger.beginNext(at: now, isHandedOver: isHandedOver) else { return nil }
        pool.beginCall(function, isWaiting: isHandedOver, at: now)
        return Assignment(
            ticket: ticket, function: function, name: pool.functions[function].name,
            call: WorkerCall.make(
                for: task, attempt: attempt, episode: episode, scenario: scenario, speed: speed,
                extras: configuration.request),
            work: WorkerCall.realSeconds(of: task, speed: speed), episode: episode,
            key: isHandedOver ? handOver(ticket, to: function) : nil, begunAt: now)
    }

    /// Makes the call in the background. When it has ended, the same job goes on with the next one, so that a busy farm
    /// makes no new jobs.
    private func start(_ assignment: Assignment) {
        let gateway = configuration.gateway
        jobs.yield { [weak self] in
            var next: Assignment? = assignment
            while let current = next {
                let result = await Result {
                    guard let key = current.key else { return try await gateway.invoke(current.name, current.call) }
                    guard let self else { throw CancellationError() }
                    return try await self.performQueued(current.call, key: key, of: current.name)
                }
                next = await self?.collect(result, of: current)
            }
        }
    }

    private func wake(at due: Double, in waking: Int) {
        guard waking == episode else { return }
        if nextWake == due { nextWake = .infinity }
        dispatch()
    }
}
