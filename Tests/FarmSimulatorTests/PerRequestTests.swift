import Farm
import Randomness
import Testing

@testable import FarmSimulator

/// Farms whose workers are started by tasks and end by idleness.
@Suite struct PerRequestTests {
    private func scenario(_ tasks: [(at: Double, seconds: Double)], initial: Int = 0) throws -> Scenario {
        var scenario = try Scenario.bag(tasks, workers: initial)
        scenario.platform.perRequest = Platform.PerRequest(expiry: 2, coldFactor: 1)
        return scenario
    }

    @Test("A worker that was there from the beginning and gets no task ends after the same idleness as others")
    func initialWorkersExpire() throws {
        var engine = Engine(try scenario([(9, 1)], initial: 3))
        engine.reset(seed: Seed(1))
        engine.run(until: 1.9)
        #expect(engine.alive == 3)
        engine.run(until: 2.1)
        #expect(engine.alive == 0)
    }

    @Test("A task whose attempt failed starts a worker of its own when all others have ended")
    func retriesStartWorkers() throws {
        var scenario = try scenario([(0, 1)])
        // The attempt is given up after 0.2 s and again later, long after the only worker has ended by idleness.
        scenario.retry = RetryPolicy(maxAttempts: 2, firstDelay: 5, maxDelay: 5, attemptLimit: 0.2)
        var engine = Engine(scenario)
        engine.reset(seed: Seed(1))
        engine.run(until: 4)
        #expect(engine.alive == 0)
        let waiting = engine.queue.count
        #expect(waiting == 0)
        engine.run(until: 8)
        #expect(engine.totals.failed == 1)
        #expect(engine.tally.starts == 2)
    }
}
