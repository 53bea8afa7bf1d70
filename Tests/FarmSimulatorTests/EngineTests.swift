import Farm
import Randomness
import TestSupport
import Testing

@testable import FarmSimulator

/// Laws that hold between any two events of any farm.
struct EngineTests {
    @Test(
        "Books balance between any two events: places, areas, deadlines, order, and the stream's tasks",
        arguments: 0..<150)
    func laws(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let scenario = try Scenario.small(using: &generator)
        var engine = Engine(scenario)
        engine.reset(seed: Seed(seed))
        var witness = Witness(scenario, seed: Seed(seed))
        witness.see(engine)
        var metrics = WindowMetrics()
        var totals = TaskTotals()
        for window in 0..<14 {
            let wanted = window < 12 ? scenario.workers.clamp(engine.desired + generator.whole(-4...4)) : 6
            // Where tasks start their workers, nobody else does.
            if scenario.platform.perRequest == nil { engine.scale(to: wanted) }
            witness.see(engine)
            let end = engine.now + (window < 13 ? scenario.stepSeconds : 400)
            while engine.runNext(before: end) { witness.see(engine) }
            engine.run(until: end)
            engine.closeWindow(into: &metrics, recent: (0, 1))
            witness.compare(metrics)
            totals.met += metrics.met
            totals.missed += metrics.missed
        }
        #expect(witness.complaints.isEmpty, "\(scenario)")
        // All deadlines have passed by now: each task is decided once, ended or not.
        #expect(metrics.totals.met + metrics.totals.missed == metrics.totals.emitted, "\(metrics.totals)")
        #expect(totals.met == metrics.totals.met && totals.missed == metrics.totals.missed)
        #expect(metrics.totals.emitted == TaskStream(scenario: scenario, seed: Seed(seed)).tasks.count)
    }

    @Test("Workers that are taken away gracefully finish: no attempt is lost", arguments: 0..<30)
    func graceful(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let scenario = Scenario.queue(
            Scenario.rate(6, seconds: 30), service: ServiceTime(.exponential(mean: 1)), workers: 8)
        var engine = Engine(scenario)
        engine.reset(seed: Seed(seed))
        var metrics = WindowMetrics()
        for _ in 0..<40 {
            let before = engine.busy
            engine.scale(to: generator.whole(0...10))
            let after = engine.busy
            #expect(before == after)
            engine.run(until: engine.now + 1)
            engine.closeWindow(into: &metrics, recent: (0, 1))
            #expect(metrics.stages.first.calls.retries == 0 && metrics.failures == 0)
        }
        engine.scale(to: 10)
        engine.run(until: 1_000)
        let isFinished = engine.isFinished
        let (done, emitted) = (engine.totals.done, engine.totals.emitted)
        #expect(isFinished && done == emitted)
    }

    @Test("A worker taken away abruptly fails its attempt, whose task goes again")
    func abrupt() throws {
        var scenario = try Scenario.bag([(0, 5), (0, 5)], workers: 2)
        scenario.platform.scaleDown = .abrupt
        var engine = Engine(scenario)
        engine.reset(seed: Seed(1))
        engine.run(until: 1)
        engine.scale(to: 1)
        let (busy, alive, waiting, retries) = (
            engine.busy, engine.alive, engine.parked.waiting, engine.tally.calls.retries
        )
        #expect(busy == 1 && alive == 1 && waiting == 1 && retries == 1)
        engine.run(until: 100)
        var metrics = WindowMetrics()
        engine.closeWindow(into: &metrics, recent: (0, 1))
        #expect(metrics.totals.done == 2 && metrics.stages.first.calls.retries == 1 && metrics.responseTimeMax == 10)
    }

    @Test("Of workers to be taken away, those that start go first, the youngest before the others, then idle ones")
    func whoGoes() throws {
        var scenario = try Scenario.bag([(0, 5), (0, 5), (0, 5)], workers: 4)
        scenario.stages.first.startUp = StartUpDelay(empirical: [2])
        var engine = Engine(scenario)
        engine.reset(seed: Seed(1))
        engine.run(until: 1)
        engine.scale(to: 6)
        engine.run(until: 1.5)
        engine.scale(to: 7)
        func counts() -> [Int] { [engine.starting, engine.idle, engine.busy, engine.retiring] }
        let first = counts()
        engine.scale(to: 6)
        let second = counts()
        engine.scale(to: 4)
        let third = counts()
        engine.scale(to: 3)
        let fourth = counts()
        engine.scale(to: 1)
        let fifth = counts()
        #expect(
            [first, second, third, fourth, fifth] == [
                [3, 1, 3, 0], [2, 1, 3, 0], [0, 1, 3, 0], [0, 0, 3, 0], [0, 0, 3, 2],
            ])
        engine.run(until: 5.5)
        #expect(counts() == [0, 1, 0, 0])
    }

    @Test("A start that was taken back leaves nothing: its worker never comes")
    func takenBack() throws {
        var scenario = try Scenario.bag([(50, 1)], workers: 1)
        scenario.stages.first.startUp = StartUpDelay(mean: 5)
        var engine = Engine(scenario)
        engine.reset(seed: Seed(1))
        for _ in 0..<200 {
            engine.scale(to: 10)
            engine.run(until: engine.now + 0.01)
            engine.scale(to: 1)
        }
        engine.run(until: 20)
        let (alive, events, idle) = (engine.alive, engine.events.count, engine.idle)
        #expect(alive == 1 && idle == 1 && events == 0)
    }

    @Test("An attempt at its limit is given up; its worker is occupied, and paid for, until it would have answered")
    func attemptLimit() throws {
        var scenario = try Scenario.bag([(0, 10), (1, 1)], workers: 1)
        scenario.retry = RetryPolicy(maxAttempts: 1, attemptLimit: 3)
        var engine = Engine(scenario)
        engine.reset(seed: Seed(1))
        engine.run(until: 5)
        var metrics = WindowMetrics()
        engine.closeWindow(into: &metrics, recent: (0, 1))
        #expect(metrics.failures == 1 && metrics.totals.failureReasons == ["attempt limit": 1])
        #expect(
            metrics.running == 0 && metrics.queueLength == 1 && metrics.stages.first.utilisation == 1
                && metrics.stages.first.serviceTimeMean == 3
        )
        #expect(metrics.paidWorkerSeconds == 5)
        engine.run(until: 12)
        engine.closeWindow(into: &metrics, recent: (0, 1))
        // The second began at 10.
        #expect(metrics.completions == 1 && metrics.responseTimeMax == 10 && metrics.stages.first.serviceTimeMean == 1)
    }

    @Test("Collisions of random dispatch are counted as such and not as attempts; more functions, fewer collisions")
    func collisions() {
        var collisions: [Int] = []
        for functions in [1, 4, 12] {
            var scenario = Scenario.queue(
                Scenario.rate(15, seconds: 200), service: ServiceTime(.constant(0.5)), workers: 12)
            scenario.platform.dispatch = .random(functions: functions)
            scenario.retry = RetryPolicy(maxAttempts: 1)
            var engine = Engine(scenario)
            engine.reset(seed: Seed(4))
            engine.run(until: 400)
            var metrics = WindowMetrics()
            engine.closeWindow(into: &metrics, recent: (0, 1))
            #expect(metrics.totals.done == metrics.totals.emitted && metrics.stages.first.calls.retries == 0)
            collisions.append(metrics.stages.first.calls.collisions)
        }
        #expect(collisions[0] > collisions[1] && collisions[1] > collisions[2])
        // One worker a function: exact.
        #expect(collisions[2] == 0, "\(collisions)")
    }

    @Test("Starts that fail are made again: half of them take twice as long on average")
    func failingStarts() {
        var scenario = Scenario.queue(Scenario.rate(0), service: ServiceTime(.constant(1)), workers: 0)
        scenario.stages.first.startUp = StartUpDelay(mean: 1)
        scenario.faults.start = 0.5
        var engine = Engine(scenario)
        engine.reset(seed: Seed(1))
        engine.scale(to: 1_000)
        var ready: [Int] = []
        for second in 1...4 {
            engine.run(until: Double(second) + 0.5)
            ready.append(engine.idle)
        }
        for (second, count) in ready.enumerated() {
            let expected = 1_000 * (1 - 1 / Double(2 << second))
            #expect(abs(Double(count) - expected) < 80, "\(ready)")
        }
    }

    @Test("Failing attempts take a uniform part of their work, and fail the task when they are used up")
    func failingAttempts() {
        var scenario = Scenario.queue(Scenario.rate(5, seconds: 2_000), service: ServiceTime(.constant(1)), workers: 40)
        scenario.faults.attempt = 0.4
        scenario.retry = RetryPolicy(maxAttempts: 2, firstDelay: 0.1, maxDelay: 1)
        var engine = Engine(scenario)
        engine.reset(seed: Seed(1))
        engine.run(until: 3_000)
        var metrics = WindowMetrics()
        engine.closeWindow(into: &metrics, recent: (0, 1))
        let emitted = Double(metrics.totals.emitted)
        #expect(abs(Double(metrics.failures) / emitted - 0.16) < 5 * (0.16 * 0.84 / emitted).squareRoot())
        #expect(abs(Double(metrics.stages.first.calls.retries) / emitted - 0.4) < 5 * (0.24 / emitted).squareRoot())
        #expect(metrics.totals.failureReasons == ["attempt failed": metrics.failures])
        // 0.6 of the attempts take 1 s, the others 0.5 s on average.
        #expect(abs((metrics.stages.first.serviceTimeMean ?? 0) - 0.8) < 0.02)
    }

    @Test("Slow workers are slow for life")
    func slowWorkers() {
        var scenario = Scenario.queue(
            Scenario.rate(5, seconds: 5_000), service: ServiceTime(.constant(0.1)), workers: 1_000)
        scenario.faults.slow = 0.3
        scenario.faults.slowFactor = 3
        var engine = Engine(scenario)
        engine.reset(seed: Seed(1))
        let slow = (0..<UInt32(1_000)).count { engine.workers[$0].speed == 3 }
        #expect(abs(Double(slow) - 300) < 5 * 210.0.squareRoot())
        #expect((0..<UInt32(1_000)).count { engine.workers[$0].speed == 1 } == 1_000 - slow)
    }
}
