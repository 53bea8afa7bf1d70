import Farm
import Randomness
import Testing

@testable import FarmSimulator

/// Public reports of what went wrong elsewhere, as far as a farm has a part in it. Policies here are the least that
/// shows it.
struct ReportTests {
    private func farm(_ scenario: Scenario, seed: UInt64 = 1) -> SimulatedFarm {
        let farm = SimulatedFarm(scenario)
        farm.reset(seed: Seed(seed))
        return farm
    }

    /// As many workers as work comes in, at 80 % utilisation, with the backlog to be done in a window.
    private func demand(_ metrics: WindowMetrics, service: Double, window: Double) -> Int {
        let work = metrics.arrivalRate * service / 0.8 + Double(metrics.queueLength) * service / window
        return Int(work.rounded(.up))
    }

    @Test("faas#882: an action beyond the scenario's most workers is moved to it, and both numbers are told")
    func report04_bounds() {
        var scenario = Scenario.queue(Scenario.rate(5), service: ServiceTime(.constant(1)), workers: 2)
        scenario.stages.first.workers = WorkerBounds(min: 1, max: 4, initial: 2)
        scenario.stages.first.startUp = StartUpDelay(mean: 0.5)
        let farm = farm(scenario)
        farm.advance(Staffing(10))
        #expect(
            farm.metrics.desired == 4 && farm.metrics.stages.first.workers.requestedDelta == 8
                && farm.metrics.stages.first.workers.appliedDelta == 2)
        for wanted in [Int.max, 10_000, -5, Int.min / 2] {
            farm.advance(Staffing(wanted))
            let metrics = farm.metrics
            #expect((1...4).contains(metrics.desired) && metrics.ready + metrics.starting == metrics.desired)
            #expect(metrics.paidWorkerSeconds <= 6)
        }
    }

    @Test("faas#1271: thresholds on utilisation settle near the need of a constant load, without a saw-tooth")
    func report05_sawTooth() {
        var scenario = Scenario.queue(
            Scenario.rate(12), service: ServiceTime(.exponential(mean: 0.4)), workers: 1, deadline: 2, step: 10,
            steps: 200)
        scenario.stages.first.workers = WorkerBounds(min: 1, max: 20, initial: 1)
        scenario.stages.first.startUp = StartUpDelay(mean: 5)
        let farm = farm(scenario)
        var desired = [1]
        while farm.end == nil {
            let metrics = farm.metrics
            // 4.8 are busy on average: 6 of them 80 %.
            let step =
                metrics.stages.first.utilisation > 0.9 || metrics.queueLength > 20
                ? 1 : metrics.stages.first.utilisation < 0.6 ? -1 : 0
            farm.advance(Staffing(metrics.desired + (metrics.step == 0 ? 1 : step)))
            desired.append(farm.metrics.desired)
        }
        let settled = desired.dropFirst(50)
        #expect(settled.allSatisfy { (5...9).contains($0) }, "\(desired)")
        #expect(zip(settled, settled.dropFirst()).allSatisfy { abs($0 - $1) <= 1 })
    }

    @Test("faas#116: counts are of their window, and begin at 0 with an episode: no negative or doubled differences")
    func report29_counters() {
        let farm = farm(.queue(Scenario.rate(50), service: ServiceTime(.constant(0.1)), workers: 10))
        var last = TaskTotals()
        for episode in 0..<3 {
            farm.reset(seed: Seed(UInt64(episode)))
            #expect(farm.metrics.totals == TaskTotals() && farm.metrics.arrivals == 0 && farm.metrics.arrivalRate == 0)
            last = farm.metrics.totals
            for _ in 0..<10 {
                farm.advance(Staffing(10))
                let metrics = farm.metrics
                #expect(metrics.arrivals == metrics.totals.emitted - last.emitted && metrics.arrivals >= 0)
                #expect(metrics.completions == metrics.totals.done - last.done && metrics.completions >= 0)
                #expect(metrics.readyAge == 0 && !metrics.isStale)
                last = metrics.totals
            }
        }
    }

    @Test("stable-baselines3#364: no load, no finished task, only failures, equal latencies: every number is a number")
    func report87_numbers() throws {
        var failing = Scenario.queue(Scenario.rate(20), service: ServiceTime(.exponential(mean: 0.2)), workers: 5)
        failing.faults.attempt = 1
        failing.retry = RetryPolicy(maxAttempts: 1)
        var nobody = Scenario.queue(Scenario.rate(20), service: ServiceTime(.constant(1)), workers: 0)
        nobody.stages.first.startUp = StartUpDelay(mean: 1e6)
        let scenarios = [
            failing, nobody, Scenario.queue(Scenario.rate(0), service: ServiceTime(.constant(1)), workers: 0),
            Scenario.queue(Scenario.rate(5), service: ServiceTime(.constant(0)), workers: 3),
            Scenario.queue(Scenario.rate(5), service: ServiceTime(.constant(1e6)), workers: 3),
            try Scenario.bag((0..<9).map { (Double($0), 0.5) }, workers: 9),
        ]
        for scenario in scenarios {
            let farm = farm(scenario)
            #expect(farm.metrics.strange.isEmpty && farm.metrics.qos.isFinite)
            for step in 0..<10 {
                farm.advance(Staffing(step % 3 == 0 ? 0 : scenario.workers.initial))
                #expect(farm.metrics.strange.isEmpty, "\(farm.metrics.strange)")
                #expect((0...1).contains(farm.metrics.qos) && (0...1).contains(farm.metrics.totals.qos))
            }
        }
    }

    @Test(
        "knative/serving#3153, #9121: under a load that rose tenfold and stays, need goes on being met"
    )
    func report105_heldLoad() {
        var scenario = Scenario.queue(
            .phases([
                .init(name: "calm", seconds: 100, rate: .constant(2)),
                .init(name: "held", seconds: 900, rate: .constant(20)),
            ]), service: ServiceTime(.exponential(mean: 0.5)), workers: 2, deadline: 3, step: 10, steps: 100)
        scenario.stages.first.workers = WorkerBounds(min: 1, max: 60, initial: 2)
        scenario.stages.first.startUp = StartUpDelay(mean: 8)
        let farm = farm(scenario)
        var desired: [Int] = []
        while farm.end == nil {
            farm.advance(Staffing(max(1, demand(farm.metrics, service: 0.5, window: 10))))
            desired.append(farm.metrics.desired)
            if farm.metrics.step > 20 { #expect(abs(farm.metrics.arrivalRate - 20) < 8) }
        }
        // Ten are busy on average; fewer would fall behind for good.
        #expect(desired.dropFirst(15).allSatisfy { $0 >= 9 }, "\(desired)")
        #expect(farm.metrics.queueLength < 40)
    }

    @Test(
        "knative/serving#4344: workers asked for in a cold start are told as starting, and paid for"
    )
    func report106_coldStart() throws {
        var scenario = try Scenario.bag((0..<30).map { (Double($0) / 6, 0.1) }, workers: 0, step: 1, steps: 30)
        scenario.stages.first.startUp = StartUpDelay(mean: 10)
        /// Reactive: one worker for each waiting task. Patient: what is starting counts too, and does ten tasks a second.
        func paid(_ policy: (WindowMetrics) -> Int) -> (seconds: Double, most: Int, met: Int) {
            let farm = farm(scenario)
            var sum = 0.0
            var most = 0
            for _ in 0..<25 {
                farm.advance(Staffing(policy(farm.metrics)))
                let metrics = farm.metrics
                #expect(metrics.starting + metrics.ready == metrics.desired)
                if metrics.time < 10 { #expect(metrics.ready == 0 && metrics.starting == metrics.desired) }
                sum += metrics.paidWorkerSeconds
                most = max(most, metrics.starting)
            }
            #expect(farm.metrics.totals.done == 30)
            return (sum, most, farm.metrics.totals.met)
        }
        let reactive = paid { $0.time < 10 ? max($0.queueLength, 1) : 1 }
        let patient = paid { _ in 2 }
        #expect(reactive.most >= 20 && patient.most == 2)
        #expect(reactive.seconds > 3 * patient.seconds, "\(reactive) and \(patient)")
        #expect(reactive.met == patient.met)
    }

    @Test("knative/serving#1409: a free worker gets the next task; none waits behind a long one")
    func report109_longTasks() throws {
        var tasks: [(at: Double, seconds: Double)] = [(0, 10), (0, 10), (0, 10)]
        tasks += (0..<1_000).map { (Double($0) / 100 + 0.005, 0.001) }
        let farm = farm(try .bag(tasks, workers: 4, step: 9.5, steps: 3))
        farm.advance(Staffing(4))
        let metrics = farm.metrics
        // Three workers are held for ten seconds; each short task is done in its millisecond by the fourth.
        #expect(metrics.completions == 950 && abs((metrics.responseTimeMax ?? 9) - 0.001) < 1e-9)
        #expect(metrics.running == 3 && metrics.queueLength == 0)
    }

    @Test(
        "kubernetes#64088: with nobody ready and 500 waiting the queue is seen, and scaling up works"
    )
    func report121_overload() throws {
        var scenario = try Scenario.bag(Array(repeating: (0, 0.5), count: 500), workers: 0, step: 5, steps: 60)
        scenario.stages.first.startUp = StartUpDelay(mean: 7)
        let farm = farm(scenario)
        farm.advance(Staffing(0))
        #expect(farm.metrics.ready == 0 && farm.metrics.queueLength == 500 && farm.metrics.oldestAge == 5)
        #expect(
            farm.metrics.stages.first.utilisation == 0 && farm.metrics.strange.isEmpty
                && farm.metrics.paidWorkerSeconds == 0)
        farm.advance(Staffing(50))
        #expect(farm.metrics.starting == 50 && farm.metrics.ready == 0 && farm.metrics.queueLength == 500)
        farm.advance(Staffing(50))
        #expect(farm.metrics.ready == 50 && farm.metrics.completions > 0)
        while farm.end == nil { farm.advance(Staffing(50)) }
        #expect(farm.end == .finished && farm.metrics.totals.done == 500)
    }
}
