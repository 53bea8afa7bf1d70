import Farm
import Randomness
import Testing

@testable import Steering

/// An agent's number as a recommendation.
@Suite struct AgentSeatTests {
    private func seat(step: Double = 60) throws -> AgentSeat {
        var scenario = try Scenario.preset("demo")
        scenario.stepSeconds = step
        return AgentSeat(scenario, name: "agent")
    }

    @Test func nobodyIsAFailure() async throws {
        let seat = try seat()
        await #expect(throws: SteeringFailure.self) { try await seat.recommend(after: WindowMetrics()) }
    }

    @Test func whatIsAskedForIsRecommended() async throws {
        let seat = try seat()
        try seat.take()
        var metrics = WindowMetrics()
        metrics.stages.first.arrivals = 7
        let recommendation = Task { [metrics] in try await seat.recommend(after: metrics) }
        try await seat.ask(for: Staffing(5))
        #expect(try await recommendation.value == 5)
        // A number holds for its window.
        #expect(try await seat.recommend(after: metrics) == 5)
        let window = try await seat.closeWindow(due: .now, isOverrun: false)
        #expect(window.metrics.arrivals == 7 && window.metrics.step == 1 && window.end == nil)
    }

    @Test func anOldNumberIsNone() async throws {
        let seat = try seat(step: 0)
        try seat.take()
        try await seat.ask(for: Staffing(5))
        let recommendation = Task { try await seat.recommend(after: WindowMetrics()) }
        recommendation.cancel()
        await #expect(throws: SteeringFailure.self) { try await recommendation.value }
    }

    @Test func oneAgentAtATime() async throws {
        let seat = try seat()
        try seat.take()
        #expect(throws: FarmError.self) { try seat.take() }
        let recommendation = Task { try await seat.recommend(after: WindowMetrics()) }
        await seat.close()
        await #expect(throws: SteeringFailure.self) { try await recommendation.value }
        try seat.take()
    }
}
