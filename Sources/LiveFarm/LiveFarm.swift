public import Farm
public import Logging

/// A farm whose tasks run on workers of a platform, in real time: emitter, queue, dispatcher and collector, in this process.
///
/// Execution is at least once, the result exactly once: results are taken by task, and a second one is dropped.
/// Calls in flight to a unit never exceed its ready workers, so a free worker gets the oldest task at once.
///
///     let farm = try await LiveFarm(scenario: scenario, speed: 1, workers: workers, logger: logger)
///     var metrics = try await farm.reset(seed: Seed(1))
///     while true {
///         let window = try await farm.advance(Staffing(metrics.queueLength + metrics.running))
///         metrics = window.metrics
///         if window.end != nil { break }
///     }
///     await farm.close()
public actor LiveFarm: AsyncFarm {
    public nonisolated let scenario: Scenario
    public nonisolated let speed: Double

    let workers: FarmWorkers
    let options: LiveFarmOptions
    let logger: Logger
    private let onClose: @Sendable () async -> Void

    var pool: WorkerPool
    var episode: Episode
    var condition = PlatformCondition()
    var notes = FarmNotes()
    /// Since when nobody has asked for anything; nil while a reset or a window is under way.
    var idleSince: ContinuousClock.Instant? = .now
    /// nil once the farm is closed.
    var jobs: FarmJobs?

    private static let mostTasks = 1e6

    /// Opens a farm on `workers`.
    ///
    /// - Parameters:
    ///   - speed: scenario seconds in a real second, more than 0.
    ///   - onClose: called when the farm no longer needs the workers.
    /// - Throws: ``FarmError`` naming what of the platform is at fault, or the argument that does not fit.
    public init(
        scenario: Scenario, speed: Double, workers: FarmWorkers, options: LiveFarmOptions = .init(), logger: Logger,
        onClose: @escaping @Sendable () async -> Void = {}
    ) async throws {
        guard speed > 0, speed.isFinite else {
            throw FarmError(.unsupported(argument: "speed"), "speed must be a positive number, got \(speed)")
        }
        try scenario.checkThatItRuns()
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
        self.workers = workers
        self.options = options
        self.logger = logger
        self.onClose = onClose
        episode = Episode(speed: speed, retry: scenario.retry, door: IngressDoor(options.ingress))
        pool = WorkerPool(names: [])
        let found = try await workers.scaler.open()
        let form = workers.scaler.form
        pool = WorkerPool(
            names: found.units.map(\.name), isSingle: form.isSingle, leastEach: form.leastEach, speed: speed)
        let jobs = FarmJobs()
        self.jobs = jobs
        take(found)
        jobs.start { [weak self] in await self?.pollUntilCancelled() }
        let report: @Sendable (InvokerReport) async -> Void = { [weak self] in await self?.take($0) }
        jobs.start { [invoker = workers.invoker] in await invoker.run(report) }
        options.meter?.add { [weak self] in await self?.reading }
    }

    public nonisolated var expectedResetSeconds: Double {
        2 + (scenario.stages.first.startUp.longest + scenario.stages.first.service.mean * 2) / speed
    }

    nonisolated var form: WorkerForm { workers.scaler.form }
    var clock: FarmClock { episode.clock }

    public func close() async {
        guard let jobs else { return }
        self.jobs = nil
        episode.abandon()
        // The poller and all calls end first, so that nothing scales behind the release's back.
        await jobs.end()
        await workers.scaler.release()
        await onClose()
    }

    /// Closes the farm, whoever holds it: to them it is gone, for this reason.
    func giveUp(_ reason: String) async {
        condition.broken = condition.broken ?? reason
        logger.notice("\(reason)")
        await close()
    }

    /// Says something to people, at the end of the window and, the first time, in the log.
    func say(_ note: FarmNote) {
        guard notes.add(note) else { return }
        logger.notice("\(FarmNotes.sentence(note.worker.map { [$0] } ?? [], note.text))")
    }

    /// - Parameter name: the unit that it is about; `text` then goes on after its name.
    func note(_ kind: FarmNote.Kind, about name: String? = nil, _ text: String) {
        say(FarmNote(kind, about: name, text))
    }

    /// The farm cannot go on; the episode ends with its window.
    func breakDown(_ reason: String) {
        guard condition.broken == nil else { return }
        condition.broken = reason
        logger.error("\(reason)")
    }
}
