public import Farm
public import Logging
import OpenFaaS

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
    var windowStart = 0.0
    var windowIndex = 0
    var nextWake = Double.infinity
    /// Whether an episode has asked for workers; until then everything stays as it was found.
    var hasAsked = false
    /// Replicas of each function before the farm, or before a killed daemon's; nil: it was not there.
    var found: [Int?] = []
    /// When each function was made, if it is known.
    var foundAt: [Int: String?] = [:]
    /// What keeps ``found`` on disk, if anything.
    var lease: FoundWorkersLease?
    /// Functions of which that is done.
    var secured: Set<Int> = []
    /// What a killed daemon has left, until that was said.
    var leftovers: [String] = []
    /// Functions of a killed daemon that the scenario has no use for.
    var orphans: [String] = []
    /// Functions that the gateway has had for this farm.
    var wasThere: Set<Int> = []
    /// Functions that the farm has deployed, of a pool of functions.
    var deployed: Set<Int> = []
    /// Why the gateway took no further worker function, until that was said.
    var refusal: GatewayError?
    /// Of calls through the queue, for keys that no other call has.
    var callCount = 0
    let queueToken = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    var queueMeter = QueueMeter()
    var queueLine = QueueLine()
    /// Of the requests that the callbacks' listener refused, those that were told of.
    var toldStrays = 0
    let queueOrigin = ContinuousClock.now
    /// Why the farm cannot go on.
    var broken: String?
    var notes = FarmNotes()
    var outage = Outage()
    /// What the gateway said when it last refused to scale, while it does.
    var scalingRefusal: GatewayError?
    /// Since when nobody has asked for anything; nil while a reset or a window is under way.
    var idleSince: ContinuousClock.Instant? = .now
    private var isClosed = false
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
            names: configuration.names(most: scenario.workers.max), isDisposable: configuration.style == .functions,
            leastReplicas: configuration.style == .replicas ? configuration.leastReplicas ?? 0 : 0, speed: speed)
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
        if configuration.queue != nil {
            jobs.yield { [weak self] in await self?.testQueue() }
            jobs.yield { [weak self] in await self?.watchQueue() }
        }
    }

    public func close() async {
        guard !isClosed else { return }
        isClosed = true
        isRunning = false
        closeIngress()
        episode += 1
        // The poller and all calls end first, so that nothing scales behind the release's back.
        jobs.finish()
        background.cancel()
        await background.value
        await release()
        // Whoever still holds this farm must not keep its functions from the next one.
        lease = nil
        await onClose()
    }

    /// Closes the farm, whoever holds it: to them it is gone, for this reason.
    func giveUp(_ reason: String) async {
        broken = broken ?? reason
        logger.notice("\(reason)")
        await close()
    }

    /// Says something to people, at the end of the window and, the first time, in the log.
    ///
    /// - Parameter name: the function that it is about; `text` then goes on after its name.
    func note(_ kind: FarmNotes.Kind, about name: String? = nil, _ text: String) {
        guard notes.add(kind, about: name, text) else { return }
        logger.notice("\(FarmNotes.sentence(name.map { [$0] } ?? [], text))")
    }
}

extension Result where Failure == any Error {
    /// The outcome of an async call.
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }

    var isFailure: Bool { (try? get()) == nil }
}
