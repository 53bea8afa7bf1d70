public import Farm
public import Randomness
import Synchronization

/// The place of an agent at the other end of the protocol, which steers a function as if it were an environment's farm: what the agent
/// asks for in a window is what is recommended in the next period.
///
///     let seat = AgentSeat(scenario, name: "agent")
///     parts.policy = seat                                    // asked once a period
///     let rows = FarmRows([seat], process: process, form)    // stepped by the agent
///
/// An agent that is away, or too slow, is a policy that fails; the rails and the fallback have the function until it is back.
public final class AgentSeat: Recommender, AsyncFarm {
    public let scenario: Scenario
    public let name: String
    public let speed = 1.0
    public let expectedResetSeconds = 1.0

    private struct State {
        var isTaken = false
        var metrics = WindowMetrics()
        var asked: (count: Int, at: ContinuousClock.Instant)?
        var step = 0
        var waiting: CheckedContinuation<Int?, Never>?
        /// Of the wait that ``waiting`` is, so that a cancellation ends its own only.
        var wait = 0
    }

    private let state = Mutex(State())

    /// - Parameter scenario: whose bounds and step are the function's.
    public init(_ scenario: Scenario, name: String) { (self.scenario, self.name) = (scenario, name) }

    /// What decides is at the other end, and nobody here knows it.
    public var digest: String { "agent" }

    /// Takes the place, which one agent has at a time.
    ///
    /// - Throws: `FarmError`, `busy`.
    public func take() throws(FarmError) {
        let isFree = state.withLock { state in
            defer { state.isTaken = true }
            return !state.isTaken
        }
        guard isFree else {
            throw FarmError(.busy, "another agent steers this function; close its environment first")
        }
    }

    // As a policy.

    public func recommend(after metrics: WindowMetrics) async throws -> Int {
        let fresh = Duration.seconds(1.5 * scenario.stepSeconds)
        let known: (isTaken: Bool, count: Int?) = state.withLock { state in
            state.metrics = metrics
            let count = state.asked.flatMap { ContinuousClock.now - $0.at <= fresh ? $0.count : nil }
            return (state.isTaken, count)
        }
        if let count = known.count { return count }
        guard known.isTaken else { throw SteeringFailure("no agent is connected") }
        guard let count = await next() else { throw SteeringFailure("the agent has not asked for a number in time") }
        return count
    }

    /// The next number that is asked for; nil when the calling task is cancelled before, or the agent leaves.
    private func next() async -> Int? {
        let number = state.withLock { state in
            state.wait += 1
            return state.wait
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isLate = state.withLock { state in
                    guard !Task.isCancelled, state.isTaken else { return true }
                    state.waiting = continuation
                    return false
                }
                if isLate { continuation.resume(returning: nil) }
            }
        } onCancel: {
            let waiting = state.withLock { state in state.wait == number ? state.waiting.take() : nil }
            waiting?.resume(returning: nil)
        }
    }

    // As a farm.

    public nonisolated(nonsending) func prepare() async throws {}

    public nonisolated(nonsending) func begin(
        seed: Seed, at origin: ContinuousClock.Instant
    ) async throws -> WindowMetrics {
        state.withLock { state in
            (state.asked, state.step) = (nil, 0)
            return state.metrics
        }
    }

    public nonisolated(nonsending) func ask(for staffing: Staffing) async throws {
        let waiting = state.withLock { state in
            state.asked = (staffing.first, .now)
            return state.waiting.take()
        }
        waiting?.resume(returning: staffing.first)
    }

    public nonisolated(nonsending) func closeWindow(
        due: ContinuousClock.Instant, isOverrun: Bool
    ) async throws -> FarmWindow {
        state.withLock { state in
            state.step += 1
            var metrics = state.metrics
            metrics.step = state.step
            metrics.isOverrun = isOverrun
            return FarmWindow(metrics: metrics, records: [])
        }
    }

    public nonisolated(nonsending) func close() async {
        let waiting = state.withLock { state in
            (state.isTaken, state.asked) = (false, nil)
            return state.waiting.take()
        }
        waiting?.resume(returning: nil)
    }
}
