import Farm
import FarmModel
import FarmSimulator
import Randomness
import Testing

@Suite("A modelled stage does what the simulated farm does, window by window")
struct StageStatesTests {
    /// Steers both by the same numbers.
    private func compare(
        _ scenario: Scenario, seed: UInt64, numbers: (Int) -> Int, _ what: Comment = ""
    ) throws {
        let tape = TaskTape(scenario, seed: Seed(seed))
        #expect(scenario.isModelled(tape), what)
        let farm = SimulatedFarm(scenario)
        farm.reset(seed: Seed(seed))
        var delays = StartDelays(scenario, seed: Seed(seed))
        var states = StageStates(scenario.stages.first, count: 2)
        states.begin(0)
        for step in 0..<scenario.steps {
            let asked = numbers(step)
            farm.advance(Staffing(asked))
            let metrics = farm.metrics
            // From a copy, so that copies are tried too.
            states.copy(step % 2, to: 1 - step % 2)
            let slot = 1 - step % 2
            let change = states.ask(slot, for: asked, delays: &delays)
            let window = states.play(slot, tape, until: metrics.time)
            let stage = metrics.stages.first
            #expect(change == stage.workers.appliedDelta, what)
            #expect(window.arrivals == stage.arrivals && window.completions == stage.completions, what)
            #expect(window.met == metrics.met && window.missed == metrics.missed, what)
            #expect(window.waiting == stage.queueLength, what)
            #expect(window.oldestWait == stage.oldestAge, what)
            #expect(abs(window.paidWorkerSeconds - stage.paidWorkerSeconds) < 1e-6, what)
            #expect(abs(window.readyWorkerSeconds - stage.readyWorkerSeconds) < 1e-6, what)
            if window.ableWorkerSeconds > 1e-6 {
                let utilisation = min(max(window.busySeconds / window.ableWorkerSeconds, 0), 1)
                #expect(abs(utilisation - stage.utilisation) < 1e-6, what)
            }
            if let mean = metrics.responseTimeMean {
                #expect(abs(window.responseSeconds / Double(window.completions) - mean) < 1e-6 * max(1, mean), what)
            }
            let workers = states.workers(slot)
            #expect(workers.ready == stage.workers.ready && workers.starting == stage.workers.starting, what)
            #expect(workers.draining == stage.workers.draining && workers.desired == stage.workers.desired, what)
            #expect(states.running(slot) == stage.running, what)
            if farm.end != nil { break }
        }
    }

    @Test(
        "On the presets whose platform takes no time of its own",
        arguments: ["demo", "steady", "oscillating", "burst", "shuffled", "llm-code", "bench-farm"])
    func presets(name: String) throws {
        let scenario = try Scenario.preset(name)
        var generator = PCG64(seed: Seed(5))
        let bounds = scenario.stages.first.workers
        for seed in 0..<3 as Range<UInt64> {
            try compare(scenario, seed: seed, numbers: { _ in bounds.min + Int(generator.next() % UInt64(bounds.max)) })
            // Some hold a number, so that queues grow and drain.
            var held = bounds.initial
            try compare(
                scenario, seed: seed,
                numbers: { step in
                    if step % 5 == 0 { held = bounds.min + Int(generator.next() % UInt64(bounds.max)) }
                    return held
                })
        }
    }

    @Test("On any scenario that qualifies, with any numbers")
    func random() throws {
        var generator = PCG64(seed: Seed(99))
        func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * generator.nextDouble() }
        for round in 0..<300 {
            let most = 1 + Int(generator.next() % 20)
            let services: [ServiceTime] = [
                ServiceTime(.exponential(mean: uniform(0.1, 8)), max: 50), ServiceTime(.constant(uniform(0.2, 3))),
                ServiceTime(.lognormal(mean: uniform(0.2, 4), cv: uniform(0.2, 2)), max: 50),
            ]
            let startUps = [
                StartUpDelay(mean: 0), StartUpDelay(mean: uniform(0, 20)),
                StartUpDelay(mean: 6, standardDeviation: 2), StartUpDelay(empirical: [0.5, 4, 30]),
            ]
            let scenario = Scenario(
                name: "any",
                arrivals: .phases([
                    .init(name: "a", seconds: 60, rate: .constant(uniform(0, 6))),
                    .init(name: "b", seconds: 40, rate: .ramp(from: uniform(0, 9), to: 0)),
                ]), service: services[Int(generator.next() % 3)],
                deadline: generator.nextDouble() < 0.5
                    ? DeadlineRule(factor: 0, min: 3, max: 3) : DeadlineRule(factor: 2, min: 0.1, max: 20),
                workers: WorkerBounds(min: 0, max: most, initial: Int(generator.next() % UInt64(most + 1))),
                startUp: startUps[Int(generator.next() % 4)], stepSeconds: uniform(1, 9), steps: 20)
            let stay = generator.nextDouble()
            var held = 0
            try compare(
                scenario, seed: UInt64(round),
                numbers: { _ in
                    if generator.nextDouble() > stay { held = Int(generator.next() % UInt64(most + 2)) }
                    return held
                }, "round \(round)")
        }
    }

    @Test("What an operator sees becomes a state: waiting, running, ready and starting workers")
    func snapshot() {
        var states = StageStates(bounds: WorkerBounds(min: 0, max: 8, initial: 0), count: 1)
        var seen = StageStates.Snapshot()
        seen.now = 100
        seen.waiting = 3
        seen.busyUntil = [103, 101]
        seen.readyAt = [102]
        seen.draining = 1
        states.set(0, to: seen)
        let tape = TaskTape([
            TapeTask(arrival: 97, service: 1, deadline: 101), TapeTask(arrival: 98, service: 1, deadline: 104),
            TapeTask(arrival: 99, service: 1, deadline: 104), TapeTask(arrival: 105, service: 1, deadline: 109),
        ])
        #expect(states.workers(0).starting == 1 && states.workers(0).draining == 1 && states.workers(0).ready == 1)
        // The worker that is free at 101 goes; 102 and 103 bring the waiting tasks' ends at 103 and 104, and one of 104 at 104.
        let window = states.play(0, tape, until: 108)
        #expect(window.arrivals == 1 && window.completions == 4)
        #expect(window.missed == 1 && window.met == 3)
        #expect(abs(window.paidWorkerSeconds - (8 + 8 + 1)) < 1e-9)
        var later = StageStates.Snapshot()
        later.idle = 2
        states.set(0, to: later)
        #expect(states.workers(0).ready == 2 && states.alive(0) == 2)
    }

    @Test("A state of 64 workers takes less than a kilobyte, and a copy has a life of its own")
    func copies() {
        #expect(StageStates.headerBytes + 12 * 64 < 1_024)
        var states = StageStates(bounds: WorkerBounds(min: 1, max: 64, initial: 64), count: 3)
        var delays = StartDelays([5])
        let tape = TaskTape([TapeTask(arrival: 1, service: 2, deadline: 9)])
        states.begin(0)
        states.copy(0, to: 2)
        states.ask(2, for: 3, delays: &delays)
        _ = states.play(2, tape, until: 10)
        #expect(states.alive(0) == 64 && states.alive(2) == 3 && states.now(0) == 0)
        #expect(states.nextTask(2) == 1 && states.nextTask(0) == 0)
        var others = StageStates(bounds: WorkerBounds(min: 1, max: 2, initial: 1), count: 1)
        others.copy(0, of: states, to: 0)
        #expect(others.alive(0) == 64)
    }

    @Test("Workers that drain need room beyond the bounds")
    func room() {
        var states = StageStates(bounds: WorkerBounds(min: 0, max: 4, initial: 4), count: 2)
        var delays = StartDelays([0.0])
        let tasks = (0..<400).map { TapeTask(arrival: Double($0) * 0.001, service: 1_000, deadline: 1e6) }
        let tape = TaskTape(ContiguousArray(tasks))
        states.begin(1)
        var time = 1.0
        for _ in 0..<10 {
            _ = states.play(1, tape, until: time)
            states.ask(1, for: 0, delays: &delays)
            states.ask(1, for: 4, delays: &delays)
            time += 1
        }
        #expect(states.workers(1).draining == 40 && states.alive(1) == 44)
    }
}
