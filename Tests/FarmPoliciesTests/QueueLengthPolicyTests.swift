import Farm
import FarmPolicies
import Testing

@Suite struct QueueLengthPolicyTests {
    private let scenario = Scenario.plain(workers: WorkerBounds(min: 0, max: 40, initial: 10))

    @Test("waiting and running tasks over the target, rounded up; nothing within the tolerance")
    func formula() throws {
        let policy = "queue-length:target=2,stabilisation=0,up-percent=1000"
        for (queue, workers) in [(10, 10), (12, 10), (13, 12), (8, 10), (7, 9), (90, 50)] {
            let metrics = WindowMetrics.window(workers: 10) {
                ($0.stages.first.queueLength, $0.stages.first.running) = (queue, 10)
            }
            #expect(try decisions(policy, in: scenario, on: [metrics]) == [workers], "\(queue) waiting")
        }
    }

    @Test("kubernetes/kubernetes#116984, kedacore/keda#7900: ten workers stay one short, unless the tolerance is 0")
    func tolerance() throws {
        for tasks in [41, 44] {
            let metrics = WindowMetrics.window(workers: 10) {
                ($0.stages.first.queueLength, $0.stages.first.running) = (tasks - 10, 10)
            }
            #expect(try decisions("queue-length:target=4", in: scenario, on: [metrics]) == [10])
            #expect(try decisions("queue-length:target=4,tolerance=0", in: scenario, on: [metrics]) == [11])
        }
        for rule in ["queue-length", "target-utilisation"] {
            #expect(try PolicyCatalogue.tunings(of: rule, in: scenario).contains { $0.contains("tolerance=0") })
        }
    }

    @Test("a quotient that is whole but for rounding is not rounded up")
    func wholeQuotient() throws {
        let metrics = WindowMetrics.window(workers: 1) { $0.stages.first.queueLength = 3 }
        let asked = try decisions("queue-length:target=0.1,up-percent=10000", in: scenario, on: [metrics])
        #expect(asked == [30])
    }

    @Test("the first worker comes with more tasks than the activation, and the last goes after the cooldown")
    func zero() throws {
        let policy = "queue-length:activation=2,cooldown=20,stabilisation=0"
        func window(_ workers: Int, _ tasks: Int, at time: Double) -> WindowMetrics {
            .window(workers: workers, at: time) { $0.stages.first.queueLength = tasks }
        }
        let windows = [
            window(0, 2, at: 5), window(0, 3, at: 10), window(1, 1, at: 15), window(1, 0, at: 25), window(1, 0, at: 30),
        ]
        #expect(try decisions(policy, in: scenario, on: windows) == [0, 1, 1, 1, 0])
    }

    @Test("kedacore/keda#7204: without load 20 workers go two at a time, the last one after the idle window")
    func report115_stepsToZero() throws {
        let scenario = Scenario.plain(workers: WorkerBounds(min: 0, max: 20, initial: 20), step: 15, steps: 40)
        let policy = "queue-length:stabilisation=0,down-workers=2,cooldown=300"
        let seen = try QueueModel.run(policy, scenario) { _ in 0 }
        for (before, after) in zip(seen, seen.dropFirst()) { #expect((0...2).contains(before.desired - after.desired)) }
        let gone = try #require(seen.first { $0.desired == 0 })
        #expect(gone.time > 300)
        // Decided at 300 s, seen at the end of the window that began then.
        #expect(gone.time <= 330)
        let last = try #require(seen.first { $0.desired == 1 })
        #expect(last.time <= 180)
    }

    @Test("kedacore/keda#7770: an idle time shorter than the way down still leaves no jump")
    func report115_noJump() throws {
        let scenario = Scenario.plain(workers: WorkerBounds(min: 0, max: 20, initial: 20), step: 15, steps: 40)
        let seen = try QueueModel.run("queue-length:stabilisation=0,down-workers=2,cooldown=15", scenario) { _ in 0 }
        for (before, after) in zip(seen, seen.dropFirst()) { #expect((0...2).contains(before.desired - after.desired)) }
        #expect(seen.last?.desired == 0)
    }

    @Test("kedacore/keda#965: stale counts are no reason to take workers away")
    func report112_stale() throws {
        for isStale in [true, false] {
            // The first window has one worker, so that no rule keeps ten because it began with them.
            let windows = [
                WindowMetrics.window(workers: 1), .window(workers: 10, at: 10) { $0.isStale = isStale },
            ]
            for policy in [
                "queue-length:stabilisation=0", "target-utilisation:stabilisation=0", "concurrency", "openfaas-rps:1",
            ] {
                let asked = try decisions(policy, in: scenario, on: windows)[1]
                #expect(isStale ? asked == 10 : asked < 10, "\(policy)")
            }
        }
    }
}
