import Farm
import Foundation
import Logging
import Synchronization

@testable import LiveFarm

/// A platform without HTTP: units that do at once as they are told, until a test tells them otherwise.
final class FakePlatform: WorkerScaler, TaskInvoker {
    struct State {
        /// Workers of each unit; nil: the platform does not know it.
        var counts: [Int?]
        var asked: [Int] = []
        var calls: [TaskAttempt] = []
        var changes: [UnitChange] = []
        var isReleased = false
        var verdict: (@Sendable (_ unit: Int, _ count: Int) -> ScalingAnswer.Verdict?)?
        var end: (@Sendable (TaskAttempt) async -> AttemptEnd?)?
        var lookFailure: WorkerLookFailure?
    }

    let state: Mutex<State>
    let form: WorkerForm

    init(units: Int, isSingle: Bool = false, of count: Int? = 1) {
        state = Mutex(State(counts: Array(repeating: count, count: units)))
        form = WorkerForm(isSingle: isSingle, platform: "the fake", address: "nowhere", unit: "unit")
    }

    func open() async throws(FarmError) -> WorkersFound {
        WorkersFound(
            units: state.withLock { $0.counts }.enumerated().map { index, count in
                ("unit-\(index)", count.map { WorkerSight(count: $0, available: $0) })
            })
    }

    func ask(_ unit: Int, for count: Int) async -> ScalingAnswer {
        state.withLock { state in
            state.asked.append(count)
            if let verdict = state.verdict?(unit, count) { return ScalingAnswer(verdict) }
            while state.counts.count <= unit { state.counts.append(0) }
            state.counts[unit] = count
            return ScalingAnswer(.done(WorkerSight(count: count, available: count)))
        }
    }

    func look(at unit: Int) async throws(WorkerLookFailure) -> WorkerSight? {
        let (count, failure) = state.withLock {
            ($0.counts.indices.contains(unit) ? $0.counts[unit] : nil, $0.lookFailure)
        }
        if let failure { throw failure }
        return count.map { WorkerSight(count: $0, available: $0) }
    }

    func changes() async -> [UnitChange] {
        state.withLock { state in
            defer { state.changes = [] }
            return state.changes
        }
    }

    func release() async { state.withLock { $0.isReleased = true } }

    func perform(_ attempt: TaskAttempt) async -> AttemptEnd {
        let end = state.withLock { state in
            state.calls.append(attempt)
            return state.end
        }
        if let end = await end?(attempt) { return end }
        return AttemptEnd(.done, .taken, answer: WorkerAnswer(status: 200, body: attempt.call.body, seconds: 0.01))
    }

    static func scenario(
        rate: Double = 20, least: Int = 1, most: Int = 4, initial: Int = 2, steps: Int = 20, attempts: Int = 5,
        arrivals: Arrivals? = nil
    ) -> Scenario {
        Scenario(
            name: "test",
            arrivals: arrivals ?? .phases([.init(name: "steady", seconds: 60, rate: .constant(rate))]),
            service: ServiceTime(.constant(0.02)), deadline: DeadlineRule(factor: 0, min: 1, max: 1),
            workers: WorkerBounds(min: least, max: most, initial: initial), stepSeconds: 0.1, steps: steps,
            retry: RetryPolicy(maxAttempts: attempts, firstDelay: 0.01, maxDelay: 0.02, attemptLimit: 1))
    }

    func withFarm(
        _ scenario: Scenario = FakePlatform.scenario(), options change: (inout LiveFarmOptions) -> Void = { _ in },
        _ body: (LiveFarm) async throws -> Void
    ) async throws {
        var options = LiveFarmOptions()
        options.pollInterval = .milliseconds(10)
        change(&options)
        let farm = try await LiveFarm(
            scenario: scenario, speed: 1, workers: FarmWorkers(scaler: self, invoker: self), options: options,
            logger: Logger(label: "test"))
        do {
            try await body(farm)
        } catch {
            await farm.close()
            throw error
        }
        await farm.close()
    }
}
