import Farm
import Randomness
import Synchronization

/// A farm that answers from a script and writes down what it is asked.
final class ScriptedFarm: AsyncFarm, Sendable {
    struct Log {
        var desired: [Int] = []
        var resets = 0
        var closes = 0
        var seeds: [Seed] = []
        /// When episodes began, and when windows were to end.
        var origins: [ContinuousClock.Instant] = []
        var dues: [ContinuousClock.Instant] = []
        var overruns = 0
    }

    let scenario: Scenario
    let speed: Double
    let expectedResetSeconds = 3.0
    let log = Mutex(Log())
    /// What becomes of step 1, 2, …; thrown when it is an error. Past its end windows go on.
    private let script: [Int: Result<FarmEnd?, FarmError>]
    private let resetError: FarmError?
    /// Takes its time, for example.
    private let onPrepare: @Sendable (Int) throws -> Void
    let onAsk = Mutex<(@Sendable () -> Void)?>(nil)
    private let state = Mutex((desired: 0, before: 0, step: 0))

    init(
        _ scenario: Scenario = .small(), speed: Double = 1, script: [Int: Result<FarmEnd?, FarmError>] = [:],
        resetError: FarmError? = nil, onPrepare: @escaping @Sendable (Int) throws -> Void = { _ in }
    ) {
        self.onPrepare = onPrepare
        self.scenario = scenario
        self.speed = speed
        self.script = script
        self.resetError = resetError
    }

    nonisolated(nonsending) func prepare() async throws {
        try Task.checkCancellation()
        if let resetError { throw resetError }
        let resets = log.withLock { log in
            log.resets += 1
            return log.resets
        }
        try onPrepare(resets)
    }

    nonisolated(nonsending) func begin(seed: Seed, at origin: ContinuousClock.Instant) async throws -> WindowMetrics {
        log.withLock {
            $0.seeds.append(seed)
            $0.origins.append(origin)
        }
        state.withLock { $0 = (scenario.stages.first.workers.initial, scenario.stages.first.workers.initial, 0) }
        return metrics()
    }

    nonisolated(nonsending) func ask(for staffing: Staffing) async throws {
        let desired = staffing.first
        try Task.checkCancellation()
        log.withLock { $0.desired.append(desired) }
        onAsk.withLock { $0 }?()
        state.withLock { $0 = (scenario.stages.first.workers.clamp(desired), $0.desired, $0.step) }
    }

    nonisolated(nonsending) func closeWindow(due: ContinuousClock.Instant, isOverrun: Bool) async throws -> FarmWindow {
        log.withLock {
            $0.dues.append(due)
            if isOverrun { $0.overruns += 1 }
        }
        let (desired, before, step) = state.withLock { state in
            state.step += 1
            return (log.withLock { $0.desired.last ?? 0 }, state.before, state.step)
        }
        let end = try script[step]?.get() ?? nil
        var metrics = metrics()
        metrics.windowSeconds = scenario.stepSeconds
        metrics.stages.first.workers.requestedDelta = desired - before
        metrics.stages.first.workers.appliedDelta = metrics.desired - before
        metrics.stages.first.paidWorkerSeconds = Double(metrics.desired) * scenario.stepSeconds
        metrics.stages.first.readyWorkerSeconds = metrics.paidWorkerSeconds
        metrics.stages.first.completions = 1
        metrics.met = 1
        metrics.stages.first.serviceTimeMean = 0.5
        return FarmWindow(metrics: metrics, records: [record(step)], end: end)
    }

    nonisolated(nonsending) func close() async { log.withLock { $0.closes += 1 } }

    private func metrics() -> WindowMetrics {
        let (desired, _, step) = state.withLock { $0 }
        var metrics = WindowMetrics()
        metrics.step = step
        metrics.time = Double(step) * scenario.stepSeconds
        metrics.stages.first.workers.desired = desired
        metrics.stages.first.workers.ready = desired
        metrics.totals.emitted = step
        metrics.totals.done = step
        metrics.totals.met = step
        return metrics
    }

    private func record(_ step: Int) -> TaskRecord {
        let task = FarmTask(
            id: "t\(step)", index: step, generatedAt: Double(step), deadlineAt: Double(step) + 1, serviceSeconds: 0.5)
        return TaskRecord(
            task: task, outcome: .done, reason: nil, firstStartedAt: Double(step), endedAt: Double(step) + 0.5,
            attempts: 1,
            isOnTime: true, serviceSeconds: 0.5, worker: nil)
    }
}
