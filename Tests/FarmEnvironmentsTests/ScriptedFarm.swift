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
    }

    let scenario: Scenario
    let speed: Double
    let expectedResetSeconds = 3.0
    let log = Mutex(Log())
    /// What becomes of step 1, 2, …; thrown when it is an error. Past its end windows go on.
    private let script: [Int: Result<FarmEnd?, FarmError>]
    private let resetError: FarmError?
    private let state = Mutex((desired: 0, step: 0))

    init(
        _ scenario: Scenario = .small(), speed: Double = 1, script: [Int: Result<FarmEnd?, FarmError>] = [:],
        resetError: FarmError? = nil
    ) {
        self.scenario = scenario
        self.speed = speed
        self.script = script
        self.resetError = resetError
    }

    nonisolated(nonsending) func reset(seed: Seed) async throws -> WindowMetrics {
        if let resetError { throw resetError }
        log.withLock {
            $0.resets += 1
            $0.seeds.append(seed)
        }
        state.withLock { $0 = (scenario.workers.initial, 0) }
        return metrics()
    }

    nonisolated(nonsending) func advance(_ staffing: Staffing) async throws -> FarmWindow {
        let desired = staffing.first
        try Task.checkCancellation()
        log.withLock { $0.desired.append(desired) }
        let (before, step) = state.withLock { state in
            defer {
                state.desired = scenario.workers.clamp(desired)
                state.step += 1
            }
            return (state.desired, state.step + 1)
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
        let (desired, step) = state.withLock { $0 }
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
