public import Farm
public import Logging
import OpenFaaS
public import Randomness

/// A farm on an OpenFaaS gateway: emitter, queue, dispatcher and collector, in this process; workers behind the gateway.
///
/// Execution is at least once, the result exactly once: results are taken by task, and a second one is dropped.
/// Calls in flight to a function never exceed its ready workers, so a free worker gets the oldest task at once.
public actor LiveFarm: AsyncFarm {
    public nonisolated let scenario: Scenario
    public nonisolated let speed: Double
    public nonisolated let expectedResetSeconds: Double

    let configuration: PoolConfiguration
    let logger: Logger
    private let onClose: @Sendable () async -> Void

    var pool: WorkerPool
    var ledger: TaskLedger
    var clock: FarmClock
    /// Counts episodes; what belongs to an older one no longer counts.
    var episode = 0
    var isRunning = false
    var streamCount = 0
    /// Tasks that the ingress has brought into this episode, and the ids of those that have not ended by ticket.
    var ingressCount = 0
    var ingressTasks: [Int: String] = [:]
    var ingressOwner = 0
    private var windowStart = 0.0
    private var windowIndex = 0
    private var nextWake = Double.infinity
    /// Replicas of each function when the farm was opened; nil: it was not there.
    var found: [Int?] = []
    /// Why the gateway took no further worker function, until that was said.
    var refusal: GatewayError?
    /// Of calls through the queue, for ids that no other call has.
    var callCount = 0
    let queueToken = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    var queueMeter = QueueMeter()
    /// Why the farm cannot go on.
    var broken: String?
    private var notes: [String] = []
    private var said: Set<String> = []
    var generator = SystemRandomNumberGenerator()

    /// Work that goes on beside the calls: the emitter, attempts, scale calls, the poller. Ends with `close`.
    let jobs: AsyncStream<@Sendable () async -> Void>.Continuation
    private let background: Task<Void, Never>

    private static let mostTasks = 1e6

    /// Opens a farm on `pool`: deploys its functions, or checks that they are there.
    ///
    /// - Parameters:
    ///   - speed: scenario seconds in a real second, more than 0.
    ///   - onClose: called when the farm no longer needs the pool.
    /// - Throws: ``FarmError`` naming the function and gateway at fault, or the argument that does not fit.
    public init(
        scenario: Scenario, speed: Double, pool configuration: PoolConfiguration, logger: Logger,
        onClose: @escaping @Sendable () async -> Void = {}
    ) async throws {
        guard speed > 0, speed.isFinite else {
            throw FarmError(.unsupported(argument: "speed"), "speed must be a positive number, got \(speed)")
        }
        guard speed == 1 || scenario.work == .sleep else {
            throw FarmError(
                .unsupported(argument: "speed"),
                "work \"\(scenario.work.rawValue)\" takes real time and cannot go at speed \(speed); use speed 1, or work: sleep"
            )
        }
        let expected = scenario.arrivals.expectedCount(before: scenario.horizon)
        guard expected <= LiveFarm.mostTasks else {
            throw FarmError(
                .unsupported(argument: "scenario"),
                "an episode would bring \(Int(expected)) tasks; a live farm draws them beforehand, \(Int(LiveFarm.mostTasks)) at most"
            )
        }
        self.scenario = scenario
        self.speed = speed
        self.configuration = configuration
        self.logger = logger
        self.onClose = onClose
        expectedResetSeconds = 2 + (scenario.startUp.longest + scenario.service.mean * 2) / speed
        pool = WorkerPool(
            names: configuration.names(most: scenario.workers.max), isDisposable: configuration.style == .functions)
        ledger = TaskLedger(retry: scenario.retry)
        clock = FarmClock(speed: speed)
        let (stream, continuation) = AsyncStream<@Sendable () async -> Void>.makeStream()
        jobs = continuation
        background = Task {
            await withDiscardingTaskGroup { group in
                for await job in stream { group.addTask { await job() } }
                group.cancelAll()
            }
        }
        do {
            try await open()
        } catch {
            continuation.finish()
            background.cancel()
            throw error
        }
        jobs.yield { [weak self] in await self?.pollUntilCancelled() }
        configuration.meter?.add { [weak self] in await self?.reading }
        if configuration.queue != nil { jobs.yield { [weak self] in await self?.testQueue() } }
    }

    public func reset(seed: Seed) async throws -> WindowMetrics {
        if let broken { throw FarmError(.unavailable, broken) }
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
        try await waitUntilScaled(limit: .seconds(30) + clock.real(scenario.startUp.longest * 2))
        if let broken { throw FarmError(.unavailable, broken) }

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
        metrics.notes = takeNotes()
        return metrics
    }

    public func advance(desired: Int) async throws -> FarmWindow {
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
        return try closeWindow(applied: applied, requested: requested, isOverrun: isOverrun)
    }

    public func close() async {
        isRunning = false
        closeIngress()
        episode += 1
        // The poller and all calls end first, so that nothing scales behind the release's back.
        jobs.finish()
        background.cancel()
        await background.value
        await release()
        await onClose()
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
        if let overhead = metrics.overheadMean, overhead > 0.05 * scenario.service.mean {
            note(
                "calls take \(milliseconds(overhead)) ms longer than their work, over 5 % of the mean service time at this speed"
            )
        }
        var records = closed
        let end = end(at: now)
        if end != nil {
            isRunning = false
            closeIngress()
            records += ledger.unfinished()
        }
        metrics.notes = takeNotes()
        return FarmWindow(metrics: metrics, records: records, end: end)
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
        metrics.totals = ledger.totals
        metrics.phasesToCome = scenario.arrivals.phasesToCome(at: now)
        metrics.readyAge = pool.oldestSight.map { max(0, now - $0) } ?? now
        metrics.isStale = metrics.readyAge / speed > max(1, 4 * (configuration.pollInterval / .seconds(1)))
        return metrics
    }

    private func startEmitter(_ stream: TaskStream) {
        streamCount = stream.tasks.count
        let current = episode
        let clock = clock
        jobs.yield { [weak self] in
            for task in stream.tasks {
                do { try await clock.sleep(until: task.generatedAt) } catch { return }
                guard await self?.emit(task, in: current) == true else { return }
            }
        }
    }

    private func emit(_ task: FarmTask, in emitting: Int) -> Bool {
        guard emitting == episode, isRunning else { return false }
        ledger.emit(task, at: clock.now)
        configuration.meter?.count(.emitted)
        dispatch()
        return true
    }

    /// Gives waiting tasks to free workers, oldest first, and sees to it that this is called when a back-off ends.
    func dispatch() {
        guard isRunning else { return }
        while let function = pool.freest {
            let now = clock.now
            guard let (ticket, task, attempt) = ledger.beginNext(at: now) else { break }
            pool.beginCall(function, at: now)
            let call = WorkerCall.make(for: task, attempt: attempt, episode: episode, scenario: scenario, speed: speed)
            let name = pool.functions[function].name
            let current = episode
            let work = WorkerCall.realSeconds(of: task, speed: speed)
            let gateway = configuration.queue == nil ? configuration.gateway : nil
            jobs.yield { [weak self] in
                let result = await Result {
                    if let gateway { return try await gateway.invoke(name, call) }
                    guard let self else { throw CancellationError() }
                    return try await self.performQueued(call, of: name, in: current)
                }
                await self?.collect(result, of: ticket, from: function, in: current, work: work)
            }
        }
        guard let due = ledger.nextDue, due < nextWake else { return }
        nextWake = due
        let clock = clock
        let current = episode
        jobs.yield { [weak self] in
            try? await clock.sleep(until: due)
            await self?.wake(at: due, in: current)
        }
    }

    private func wake(at due: Double, in waking: Int) {
        guard waking == episode else { return }
        if nextWake == due { nextWake = .infinity }
        dispatch()
    }

    func note(_ text: String, once key: String? = nil) {
        guard said.insert(key ?? text).inserted else { return }
        notes.append(text)
        logger.notice("\(text)")
    }

    private func takeNotes() -> [String] {
        defer { notes = [] }
        return notes
    }

    private func milliseconds(_ scenarioSeconds: Double) -> String {
        String(Int((scenarioSeconds / speed * 1_000).rounded()))
    }
}

extension Result where Failure == any Error {
    /// The outcome of an async call.
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }

    var isFailure: Bool { (try? get()) == nil }
}
