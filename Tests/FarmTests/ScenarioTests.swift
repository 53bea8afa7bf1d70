import Testing

@testable import Farm

struct ScenarioTests {
    @Test("Back-off doubles from the first delay to the longest")
    func delays() {
        let policy = RetryPolicy(maxAttempts: 9, firstDelay: 0.1, maxDelay: 1)
        #expect((1...6).map(policy.delay) == [0.1, 0.2, 0.4, 0.8, 1, 1])
        #expect(policy.delay(afterFailures: 0) == 0.1)
        #expect(policy.delay(afterFailures: 1_000_000) == 1)
        #expect(RetryPolicy(firstDelay: 0, maxDelay: 1).delay(afterFailures: 50) == 0)
        #expect(RetryPolicy(firstDelay: 5, maxDelay: 2).delay(afterFailures: 1) == 2)
    }

    @Test("A deadline is the service time's multiple within bounds; equal bounds make it constant")
    func deadlines() {
        let rule = DeadlineRule(factor: 2, min: 0.1, max: 30)
        #expect([0, 0.05, 1, 15, 99].map(rule.seconds) == [0.1, 0.1, 2, 30, 30])
        #expect([0, 1, 99].map(DeadlineRule(factor: 0, min: 1.5, max: 1.5).seconds) == [1.5, 1.5, 1.5])
    }

    @Test func workersAreMovedIntoTheirBounds() {
        #expect([-5, 2, 3, 9, 10, .max].map(WorkerBounds(min: 3, max: 9, initial: 3).clamp) == [3, 3, 3, 9, 9, 9])
    }

    @Test("Bounds of a start-up delay are three standard deviations away, and not below 0")
    func startUpBounds() {
        #expect(
            StartUpDelay(mean: 6, standardDeviation: 1) == StartUpDelay(mean: 6, standardDeviation: 1, min: 3, max: 9))
        #expect(StartUpDelay(mean: 1, standardDeviation: 1).min == 0)
        #expect(StartUpDelay(mean: 2) == StartUpDelay(mean: 2, min: 2, max: 2))
    }

    @Test func measures() {
        let scenario = Scenario.small(arrivals: .phases([.init(name: "a", seconds: 5, rate: .constant(4))]))
        #expect(scenario.horizon == 10)
        #expect(scenario.referenceRate == 2)
        #expect(scenario.meanDeadline == 1)
        #expect(Scenario.small(arrivals: .phases([.init(name: "a", seconds: 5, rate: .constant(0))])).referenceRate > 0)
    }
}
