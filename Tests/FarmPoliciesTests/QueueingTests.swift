import Testing

@testable import FarmPolicies

@Suite struct QueueingTests {
    @Test(
        "Erlang's C is what tables say",
        arguments: [
            (1, 0.5, 0.5), (8, 5.83, 0.31853), (12, 10, 0.44939), (14, 10, 0.17413), (110, 100, 0.23701), (5, 5, 1),
            (4, 0, 0),
        ])
    func waiting(workers: Int, offered: Double, expected: Double) {
        #expect(abs(Queueing.delayProbability(workers: workers, offered: offered) - expected) < 5e-6)
    }

    @Test("Erlang's B: one server loses a / (1 + a), and none loses all")
    func blocking() {
        #expect(abs(Queueing.blockingProbability(workers: 1, offered: 2) - 2.0 / 3) < 1e-12)
        #expect(Queueing.blockingProbability(workers: 0, offered: 2) == 1)
        // The recursion against the sum: a^c/c! over Σ a^k/k!.
        #expect(abs(Queueing.blockingProbability(workers: 3, offered: 2) - (8.0 / 6) / (1 + 2 + 2 + 8.0 / 6)) < 1e-12)
    }

    @Test(
        "Halfin and Whitt's beta for the share that waits",
        arguments: [(0.5, 0.506), (0.2, 1.062), (0.1, 1.420), (0.05, 1.740), (0.02, 2.117), (0.01, 2.375)])
    func halfinWhitt(waiting: Double, beta: Double) {
        #expect(abs(Queueing.halfinWhitt(beta: beta) - waiting) < 3e-4 * max(1, waiting / 0.1))
    }

    @Test(
        "The fewest workers that keep a deadline",
        arguments: [
            (11.67, 0.5, 0.5, 1.0, 8), (11.67, 0.5, 0.5, 3, 10), (20, 0.5, 0, 1, 17), (2, 5, 5, 1, 13),
            (200, 0.5, 0.5, 1, 103),
        ])
    func least(rate: Double, service: Double, slack: Double, variability: Double, expected: Int) {
        let load = Queueing.Load(rate: rate, service: service, variability: variability)
        #expect(load.leastWorkers(miss: 0.05, slack: slack, limit: 1_000) == expected)
    }

    @Test("The square root is near where nobody may wait, and knows of no slack")
    func squareRoot() {
        #expect(Queueing.squareRootStaffing(offered: 10, waiting: 0.05) == 16)
        #expect(Queueing.squareRootStaffing(offered: 100, waiting: 0.05) == 118)
    }

    @Test("A limit is a limit, no load needs nobody, and what is no number does not hang")
    func edges() {
        #expect(Queueing.Load(rate: 100, service: 1).leastWorkers(miss: 0.05, slack: 1, limit: 20) == 20)
        #expect(Queueing.Load(rate: 0, service: 1).leastWorkers(miss: 0.05, slack: 1, limit: 20) == 0)
        #expect(Queueing.Load(rate: .nan, service: 1).leastWorkers(miss: 0.05, slack: 1, limit: 20) == 0)
        #expect(Queueing.Load(rate: .infinity, service: 1).leastWorkers(miss: 0.05, slack: 1, limit: 20) == 20)
        #expect(Queueing.delayProbability(workers: 3, offered: 7) == 1)
    }

    @Test("The normal distribution and its inverse")
    func normal() {
        #expect(abs(Normal.distribution(1.96) - 0.9750021) < 1e-7)
        #expect(abs(Normal.quantile(0.9) - 1.2815516) < 1e-6)
        #expect(abs(Normal.quantile(0.01) + Normal.quantile(0.99)) < 1e-9)
    }
}
