import Farm
import FarmPolicies
import Testing

@Suite struct RequestRatePolicyTests {
    private let scenario = Scenario.plain(workers: WorkerBounds(min: 1, max: 20, initial: 1))

    private func window(_ workers: Int, rate: Double, at time: Double = 5) -> WindowMetrics {
        .window(workers: workers, at: time) { $0.stages.first.completions = Int(rate * 5) }
    }

    @Test("completed tasks a second over target times proportion, rounded up")
    func formula() throws {
        for (rate, workers) in [(0.0, 1), (1, 2), (9, 10), (9.2, 11), (1_000_000, 1_111_112)] {
            let asked = try decisions("openfaas-rps:target=1", in: scenario, on: [window(5, rate: rate)])
            #expect(asked == [workers], "\(rate)")
        }
        #expect(try decisions("openfaas-rps:target=1,proportion=1", in: scenario, on: [window(5, rate: 9)]) == [9])
    }

    @Test("with a down window the highest recommendation of it is the least")
    func downWindow() throws {
        let rates = [8.0, 7, 4, 2, 2, 2]
        let windows = rates.enumerated().map { window(10, rate: $1, at: Double($0) * 10) }
        let policy = "openfaas-rps:target=1,proportion=1,rate-window=0,interval=0"
        // The number that was found, 10, is a need, too.
        #expect(
            try decisions(policy + ",down-window=25", in: scenario, on: windows) == [10, 10, 10, 7, 4, 2])
        #expect(try decisions(policy, in: scenario, on: windows) == [8, 7, 4, 2, 2, 2])
    }

    @Test("with no worker ready nothing completes, and the number stays while tasks wait")
    func noneReady() throws {
        let metrics = WindowMetrics.window(workers: 0) {
            ($0.stages.first.workers.desired, $0.stages.first.queueLength) = (6, 500)
        }
        #expect(try decisions("openfaas-rps:1", in: scenario, on: [metrics]) == [6])
    }

    @Test("the rate is over 30 s and looked at every 15 s")
    func rateAndInterval() throws {
        let windows = [9.0, 9, 3, 3, 3, 3, 3, 3, 3, 3, 3].enumerated().map {
            window(9, rate: $1, at: Double($0 + 1) * 5)
        }
        let asked = try decisions("openfaas-rps:target=1,proportion=1", in: scenario, on: windows)
        // At 5 s; at 15 s: (9 + 9 + 3) / 3; at 30 s: (9 + 9 + 4 · 3) / 6; at 45 s: 3.
        #expect(asked == [9, 9, 7, 7, 7, 5, 5, 5, 3, 3, 3])
    }

    @Test(
        "openfaas/faas-netes#372, kedacore/keda#5008: without load 3 workers become the least, and none after the idle time"
    )
    func leastAndIdleTime() throws {
        let scenario = Scenario.plain(workers: WorkerBounds(min: 0, max: 10, initial: 3), step: 10, steps: 120)
        func workers(_ policy: String) throws -> [(time: Double, desired: Int)] {
            try QueueModel.run(policy, scenario) { _ in 0 }.map { ($0.time, $0.desired) }
        }
        for (time, desired) in try workers("openfaas-rps") where time >= 20 {
            #expect(desired == (time <= 900 ? 1 : 0), "\(time)")
        }
        for (time, desired) in try workers("openfaas-rps:min=2,zero-duration=300") where time >= 20 {
            #expect(desired == (time <= 300 ? 2 : 0), "\(time)")
        }
        // The Community Edition never goes below one; Knative's last one waits for a stable window; the Kubernetes rules'
        // last one for KEDA's cooldown, or for ever.
        #expect(try workers("openfaas-rps:mode=alert").allSatisfy { $0.desired == 3 })
        #expect(try workers("concurrency").allSatisfy { $0.time > 60 || $0.desired >= 1 })
        #expect(try workers("concurrency:window=600").allSatisfy { $0.time > 600 || $0.desired >= 1 })
        #expect(try workers("queue-length:stabilisation=0").allSatisfy { $0.time > 300 || $0.desired >= 1 })
        #expect(try workers("target-utilisation:stabilisation=0").allSatisfy { $0.desired >= 1 })
    }

    @Test("from none the first task brings the least back", arguments: ["", ":min=3", ":mode=alert"])
    func fromNone(parameters: String) throws {
        let scenario = Scenario.plain(workers: WorkerBounds(min: 0, max: 10, initial: 0), step: 10, steps: 40)
        let seen = try QueueModel.run("openfaas-rps" + parameters, scenario) { $0 < 100 ? 0 : 0.2 }
        for window in seen {
            if window.time <= 100 {
                #expect(window.desired == 0)
            } else if window.time > 120 {
                #expect(window.desired >= (parameters == ":min=3" ? 3 : 1))
            }
        }
    }

    @Test("dask/distributed#8035: tasks of 600 s of which none is done yet are no reason to take workers away")
    func noSample() throws {
        let scenario = Scenario.plain(
            workers: WorkerBounds(min: 0, max: 20, initial: 10), service: 600, step: 10, steps: 59)
        for policy in [
            "openfaas-rps", "openfaas-rps:target=0.001", "openfaas-rps:down-window=60", "openfaas-rps:mode=alert",
            "queue-length", "target-utilisation", "concurrency", "ratchet",
        ] {
            let seen = try QueueModel.run(policy, scenario) { $0 < 100 ? 1 : 0 }
            #expect(seen.allSatisfy { $0.completions == 0 })
            #expect(seen.allSatisfy { $0.desired >= 10 }, "\(policy): \(seen.map(\.desired))")
        }
        // With a target below what a worker can do, running tasks tell the need: 10 of 1/600 a second over 0.0009.
        let seen = try QueueModel.run("openfaas-rps:target=0.001", scenario) { $0 < 100 ? 1 : 0 }
        #expect(seen.last?.desired == 20)
    }

    @Test("an alert adds a fifth of the most, again after its interval; resolved, the least is left")
    func alert() throws {
        let windows = [
            window(1, rate: 5, at: 10), window(1, rate: 6, at: 20), window(5, rate: 6, at: 40),
            window(5, rate: 6, at: 50), window(19, rate: 6, at: 80), window(20, rate: 5, at: 90),
            window(7, rate: 5, at: 100),
        ]
        let asked = try decisions("openfaas-rps:mode=alert", in: scenario, on: windows)
        #expect(asked == [1, 5, 5, 9, 20, 1, 7])
    }

    @Test(
        "openfaas/faas#931: a percentage of one worker is not rounded to none",
        arguments: ["openfaas-rps:mode=alert", "openfaas-rps:mode=alert,factor=1"])
    func report03_percentageOfOne(policy: String) throws {
        let one = Scenario.plain(workers: WorkerBounds(min: 1, max: 1, initial: 1), service: 0.1, steps: 20)
        let windows = [6.0, 6, 1, 6, 0].enumerated().map { window(1, rate: $1, at: Double($0 + 1) * 30) }
        #expect(try decisions(policy, in: one, on: windows) == [1, 1, 1, 1, 1])
    }

    @Test("openfaas/faas#1271: at a constant load that needs 6 of 20 the rps rule settles near 6, without a saw-tooth")
    func report05_settles() throws {
        let seen = try QueueModel.run("openfaas-rps:target=1", scenario) { _ in 5.4 }
        // It looks back half a minute and begins with one worker: the backlog takes it some minutes.
        for window in seen.suffix(100) { #expect((6...7).contains(window.desired), "\(seen.map(\.desired))") }
        // Up while the backlog goes, down in steps, and then level: one turn.
        let changes = zip(seen, seen.dropFirst()).map { $1.desired - $0.desired }.filter { $0 != 0 }
        #expect(changes.allSatisfy { abs($0) <= 5 }, "\(changes)")
        #expect(zip(changes, changes.dropFirst()).count { ($0 > 0) != ($1 > 0) } <= 1, "\(changes)")
    }

    @Test("openfaas/faas#1271: the other shipped rules settle too, and come down in steps")
    func report05_othersSettle() throws {
        for policy in [
            "queue-length:stabilisation=30", "target-utilisation:stabilisation=30", "concurrency", "reactive-maximum",
        ] {
            let seen = try QueueModel.run(policy, scenario) { _ in 5.4 }
            let late = seen.suffix(100).map(\.desired)
            #expect((late.min() ?? 0) >= 5 && (late.max() ?? 99) <= 9, "\(policy): \(late)")
        }
    }

    @Test("the alert does not fire where the workers are too few to complete so many tasks")
    func blind() throws {
        let seen = try QueueModel.run("openfaas-rps:mode=alert", scenario) { _ in 6 }
        #expect(seen.allSatisfy { $0.desired == 1 })
        #expect(seen.last?.queueLength ?? 0 > 4_000)
    }

    @Test("openfaas/faas#1271: the alert rule is the one that walks to the most and drops to the least")
    func report05_sawTooth() throws {
        let scenario = Scenario.plain(workers: WorkerBounds(min: 1, max: 20, initial: 8))
        let seen = try QueueModel.run("openfaas-rps:mode=alert", scenario) { $0 < 500 ? 6 : 4.9 }
        #expect(seen.contains { $0.desired == 20 })
        #expect(zip(seen, seen.dropFirst()).contains { $0.desired == 20 && $1.desired == 1 })
    }
}
