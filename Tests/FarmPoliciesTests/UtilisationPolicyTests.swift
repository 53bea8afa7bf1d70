import Farm
import FarmPolicies
import Testing

@Suite struct UtilisationPolicyTests {
    private let scenario = Scenario.plain(workers: WorkerBounds(min: 1, max: 40, initial: 10))

    private func asked(_ policy: String, _ workers: Int, utilisation: Double, starting: Int = 0) throws -> Int {
        let metrics = WindowMetrics.window(workers: workers, at: 400) {
            ($0.stages.first.utilisation, $0.stages.first.workers.starting) = (utilisation, starting)
            $0.stages.first.workers.desired = workers + starting
        }
        return try decisions(policy, in: scenario, on: [metrics])[0]
    }

    @Test("as many as bring utilisation to the target, rounded up; nothing within the tolerance")
    func formula() throws {
        let policy = "target-utilisation:target=0.5,stabilisation=0"
        for (utilisation, workers) in [
            (0.5, 10), (0.55, 10), (0.45, 10), (0.551, 12), (0.449, 9), (0.8, 16), (0.05, 1),
        ] {
            #expect(try asked(policy, 10, utilisation: utilisation) == workers, "at \(utilisation)")
        }
        #expect(try asked(policy, 10, utilisation: 0) == 1)
    }

    @Test("starting workers count as idle for a scale-up, and not at all for a scale-down")
    func starting() throws {
        let policy = "target-utilisation:target=0.5,stabilisation=0"
        #expect(try asked(policy, 10, utilisation: 0.8, starting: 4) == 16)
        #expect(try asked(policy, 10, utilisation: 0.8, starting: 6) == 16)
        #expect(try asked(policy, 10, utilisation: 0.8, starting: 9) == 19)
        #expect(try asked(policy, 10, utilisation: 0.2, starting: 4) == 4)
        // With the starting ones the workers are too many, so they stay as many as asked for, which is fewer.
        let turned = WindowMetrics.window(workers: 10) {
            ($0.stages.first.utilisation, $0.stages.first.workers.starting, $0.stages.first.workers.desired) = (
                0.6, 10, 5
            )
        }
        #expect(try decisions(policy, in: scenario, on: [turned]) == [5])
    }

    @Test("before the first window nothing was measured, and nothing changes")
    func beginning() throws {
        var metrics = WindowMetrics()
        (metrics.stages.first.workers.ready, metrics.stages.first.workers.desired) = (10, 10)
        #expect(try decisions("target-utilisation:stabilisation=0", in: scenario, on: [metrics]) == [10])
    }

    @Test("kubernetes/kubernetes#64088: with no worker ready and a long queue it asks for more, not for none")
    func report121_noneReady() throws {
        let overloaded = WindowMetrics.window(workers: 0) {
            ($0.stages.first.workers.desired, $0.stages.first.queueLength) = (8, 500)
        }
        #expect(try decisions("target-utilisation", in: scenario, on: [overloaded]) == [10])
        let idle = WindowMetrics.window(workers: 0) { $0.stages.first.workers.desired = 8 }
        #expect(try decisions("target-utilisation", in: scenario, on: [idle]) == [8])
        let empty = WindowMetrics.window(workers: 0) {
            ($0.stages.first.workers.desired, $0.stages.first.queueLength) = (0, 1)
        }
        #expect(try decisions("target-utilisation", in: scenario, on: [empty]) == [1])
    }

    @Test("it settles where utilisation is near the target")
    func settles() throws {
        let seen = try QueueModel.run("target-utilisation:target=0.7,stabilisation=30", scenario) { _ in 14 }
        for window in seen.suffix(100) {
            #expect((18...22).contains(window.desired))
            #expect(window.queueLength == 0)
        }
    }
}
