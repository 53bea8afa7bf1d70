import Farm
import Randomness
import TestSupport
import Testing

@testable import FarmSimulator

struct SimulatedFarmTests {
    @Test("A pipeline's first window ends its episode and says that there are none yet")
    func pipeline() throws {
        var scenario = try Scenario.preset("demo")
        scenario.stages.rest = [scenario.stages.first]
        let farm = SimulatedFarm(scenario)
        farm.reset(seed: Seed(1))
        #expect(farm.metrics.stages.count == 2)
        farm.advance(Staffing(1, [1]))
        #expect(farm.end == .broken(scenario.pipelineRefusal))
    }

    @Test("There are never fewer workers than the platform keeps, and the metrics say how many that is")
    func platformFloor() throws {
        let text = """
            name: floor
            arrivals: {phases: [{seconds: 10, rate: 1}]}
            service: {constant: 0.1}
            deadline: {seconds: 1}
            workers: {min: 1, max: 6, initial: 2}
            platform: {floor: 3}
            step: 1
            steps: 10
            """
        let scenario = try Scenario(yaml: text, file: "floor.yaml")
        #expect(try Scenario(yaml: scenario.yaml, file: "again.yaml").platform.floor == 3)
        let farm = SimulatedFarm(scenario)
        farm.reset(seed: Seed(1))
        #expect(farm.metrics.desired == 3 && farm.metrics.ready == 3 && farm.metrics.stages.first.workers.floor == 3)
        farm.advance(Staffing(1))
        #expect(
            farm.metrics.desired == 3 && farm.metrics.stages.first.workers.requestedDelta == -2
                && farm.metrics.stages.first.workers.appliedDelta == 0)
        farm.advance(Staffing(5))
        farm.advance(Staffing(1))
        #expect(farm.metrics.desired == 3 && farm.metrics.stages.first.workers.floor == 3)
    }

    @Test("Windows of any scenario and any actions add up, and hold true numbers only", arguments: 0..<150)
    func windows(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let scenario = try Scenario.small(using: &generator)
        let farm = SimulatedFarm(scenario)
        farm.reset(seed: Seed(seed))
        let times = TaskStream(scenario: scenario, seed: Seed(seed)).tasks.map(\.generatedAt)
        #expect(farm.metrics.strange.isEmpty && farm.metrics.time == 0 && farm.metrics.totals == TaskTotals())
        #expect(farm.metrics.ready == scenario.workers.initial && farm.metrics.desired == scenario.workers.initial)
        var sums = TaskTotals()
        var begun = 0.0
        var desired = scenario.workers.initial
        var step = 0
        while farm.end == nil {
            let wanted = generator.whole(-3...16)
            farm.advance(Staffing(wanted))
            step += 1
            let metrics = farm.metrics
            #expect(metrics.strange.isEmpty, "\(metrics.strange)")
            #expect(metrics.totals.isConserved, "\(metrics.totals)")
            #expect(metrics.step == step)
            if scenario.platform.perRequest == nil {
                #expect(metrics.desired == scenario.workers.clamp(wanted))
                #expect(
                    metrics.stages.first.workers.appliedDelta == metrics.desired - desired
                        && metrics.stages.first.workers.requestedDelta == wanted - desired)
            }
            #expect(metrics.ready + metrics.starting == metrics.desired)
            #expect(
                (0...1).contains(metrics.stages.first.utilisation) && metrics.oldestAge >= 0 && metrics.draining >= 0)
            #expect((metrics.queueLength == 0) == (metrics.oldestAge == 0) || metrics.oldestAge == 0)
            #expect(metrics.running <= metrics.ready + metrics.draining + metrics.stages.first.collecting)
            #expect(metrics.paidWorkerSeconds >= metrics.readyWorkerSeconds - 1e-9)
            #expect(metrics.completions == 0 ? metrics.responseTimeMean == nil : metrics.responseTimeMean ?? -1 >= 0)
            #expect(abs(metrics.windowSeconds - (metrics.time - begun)) < 1e-9 && metrics.windowSeconds > 0)
            // What came, by the stream: in the window, and in its last third.
            let third = metrics.windowSeconds / 3
            // A window that ends with a start may have what comes at that very instant, or leave it to the next one.
            let counted = sums.emitted + metrics.arrivals
            let isTie = scenario.scaling == .blocking && times.contains(metrics.time)
            #expect(
                counted == times.count { $0 < metrics.time } || isTie && counted == times.count { $0 <= metrics.time })
            #expect(abs(metrics.arrivalRate * metrics.windowSeconds - Double(metrics.arrivals)) < 1e-6)
            let recent = times[..<min(counted, times.count)].count { $0 >= metrics.time - third }
            #expect(
                abs(metrics.stages.first.recentArrivalRate * third - Double(recent)) < 1e-6,
                "\(metrics.stages.first.recentArrivalRate * third), \(recent)")
            window(metrics, begun, scenario)
            sums.emitted += metrics.arrivals
            sums.done += metrics.completions
            sums.failed += metrics.failures
            sums.met += metrics.met
            sums.missed += metrics.missed
            begun = metrics.time
            desired = metrics.desired
            let totals = metrics.totals
            #expect(sums.emitted == totals.emitted && sums.done == totals.done && sums.failed == totals.failed)
            #expect(sums.met == totals.met && sums.missed == totals.missed)
            #expect(totals.met + totals.missed <= totals.emitted && totals.met <= totals.done)
        }
        #expect(step <= scenario.steps + (scenario.scaling == .blocking ? 0 : 1))
        if farm.end == .finished { #expect(farm.metrics.totals.done + farm.metrics.totals.failed == times.count) }
        let drained = farm.drain(seconds: 600)
        #expect(drained.emitted == times.count && drained.running == 0, "\(drained)")
        if desired > 0 { #expect(drained.queued == 0, "\(drained)") }
        #expect(drained.met + drained.missed <= drained.emitted && drained.isConserved)
    }

    /// Where windows end: on the grid, or one step after the last, unless scaling was waited for.
    private func window(_ metrics: WindowMetrics, _ begun: Double, _ scenario: Scenario) {
        let length = scenario.stepSeconds
        if !metrics.isOverrun {
            let steps = metrics.time / length
            #expect(
                scenario.platform.isSliding
                    ? abs(metrics.windowSeconds - length) < 1e-9
                    : abs(steps - steps.rounded()) < 1e-9 && metrics.windowSeconds >= length / 2 - 1e-9)
        }
        if scenario.scaling == .unblocked { #expect(!metrics.isOverrun && abs(metrics.windowSeconds - length) < 1e-9) }
        if metrics.isOverrun {
            #expect(metrics.stages.first.workers.appliedDelta != 0 && metrics.windowSeconds > length / 2)
        }
    }

    @Test(
        "One seed and the same actions are one course to the last bit, with another farm in between", arguments: 0..<40)
    func determinism(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let scenario = try Scenario.small(using: &generator)
        let one = SimulatedFarm(scenario)
        let other = SimulatedFarm(scenario, keepsResponseTimes: true)
        // One of them has had an episode already.
        one.reset(seed: Seed(99))
        for _ in 0..<5 { one.advance(Staffing(generator.whole(0...9))) }
        one.reset(seed: Seed(seed))
        other.reset(seed: Seed(seed))
        while one.end == nil {
            let wanted = generator.whole(-1...12)
            one.advance(Staffing(wanted))
            other.advance(Staffing(wanted))
            #expect(one.metrics.words == other.metrics.words)
            #expect(one.end == other.end)
        }
        #expect(one.metrics.words.count > 35)
        let (first, second) = (one.drain(seconds: 50), other.drain(seconds: 50))
        #expect(first == second)
    }

    @Test("Two seeds are two courses")
    func seeds() throws {
        let farm = SimulatedFarm(try Scenario.preset("demo"))
        let courses = (0..<UInt64(20)).map { seed in
            farm.reset(seed: Seed(seed))
            while farm.end == nil { farm.advance(Staffing(6)) }
            return farm.metrics.words
        }
        #expect(Set(courses).count == 20)
    }

    @Test("Two policies with one seed meet the same tasks, faults and random dispatch or not", arguments: 0..<30)
    func pairing(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var scenario = try Scenario.small(using: &generator)
        scenario.scaling = .unblocked
        let arrivals = (0..<2).map { policy in
            let farm = SimulatedFarm(scenario)
            farm.reset(seed: Seed(seed))
            return (0..<12).map { _ in
                farm.advance(Staffing(policy == 0 ? 12 : generator.whole(0...12)))
                return farm.metrics.arrivals
            }
        }
        #expect(arrivals[0] == arrivals[1])
    }

    @Test("An episode ends at the horizon, or when a fixed number of tasks has ended")
    func ends() throws {
        let farm = SimulatedFarm(.queue(Scenario.rate(1), service: ServiceTime(.constant(0.1)), workers: 2, steps: 7))
        farm.reset(seed: Seed(1))
        for step in 1...7 {
            farm.advance(Staffing(2))
            #expect(farm.end == (step == 7 ? .horizon : nil))
        }
        let few = SimulatedFarm(try .bag([(0, 0.5), (2.2, 0.5)], workers: 1))
        few.reset(seed: Seed(1))
        for step in 1...3 {
            #expect(few.end == nil)
            few.advance(Staffing(1))
            #expect(few.metrics.step == step)
        }
        #expect(few.end == .finished && few.metrics.totals.done == 2)
        few.reset(seed: Seed(1))
        #expect(few.end == nil && few.metrics.totals == TaskTotals() && few.metrics.step == 0)
    }

    @Test("A drain lets what is there end, and no longer than it may")
    func draining() throws {
        let farm = SimulatedFarm(try .bag([(0, 5), (0, 5), (0, 5)], workers: 1, steps: 2))
        farm.reset(seed: Seed(1))
        for _ in 0..<2 { farm.advance(Staffing(1)) }
        #expect(farm.end == .horizon)
        let short = farm.drain(seconds: 4)
        #expect(short.done == 1 && short.running == 1 && short.queued == 1)
        let long = farm.drain(seconds: 1e6)
        #expect(long.done == 3 && long.met == 3)
    }

    @Test("Blocked scaling is waited for: start, confirmation and observation make the window longer")
    func blocking() {
        var scenario = Scenario.queue(
            Scenario.rate(1), service: ServiceTime(.constant(0.1)), workers: 1, step: 4, steps: 9)
        scenario.scaling = .blocking
        scenario.stages.first.startUp = StartUpDelay(mean: 5)
        scenario.platform.startConfirm = 0.5
        scenario.platform.observe = 0.25
        scenario.platform.isSliding = true
        let farm = SimulatedFarm(scenario)
        farm.reset(seed: Seed(1))
        farm.advance(Staffing(2))
        #expect(farm.metrics.windowSeconds == 5.75 && farm.metrics.isOverrun && farm.metrics.ready == 2)
        farm.advance(Staffing(2))
        #expect(farm.metrics.time == 9.75 && !farm.metrics.isOverrun)
        scenario.platform.isSliding = false
        let grid = SimulatedFarm(scenario)
        grid.reset(seed: Seed(1))
        grid.advance(Staffing(2))
        #expect(grid.metrics.time == 5.75)
        // 8 is more than half a window away.
        grid.advance(Staffing(2))
        #expect(grid.metrics.time == 8)
    }

    @Test("A stopped worker is looked for on a grid, takes its time, and is paid for until it is gone")
    func stopping() {
        var scenario = Scenario.queue(Scenario.rate(0), service: ServiceTime(.constant(1)), workers: 3, step: 10)
        scenario.platform.stopPoll = 1
        scenario.platform.stop = [2.5]
        let farm = SimulatedFarm(scenario)
        farm.reset(seed: Seed(1))
        farm.advance(Staffing(1))
        #expect(abs(farm.metrics.paidWorkerSeconds - (10 + 2 * 2.5)) < 1e-9)
        #expect(abs(farm.metrics.readyWorkerSeconds - 10) < 1e-9 && farm.metrics.draining == 0)
    }

    @Test("Polls put off beginnings and results, and count as waiting and collecting")
    func polls() throws {
        var scenario = try Scenario.bag((0..<400).map { (Double($0), 0.25) }, workers: 1, steps: 500)
        scenario.platform.idlePoll = 0.1
        scenario.platform.collectPoll = 0.2
        let farm = SimulatedFarm(scenario, keepsResponseTimes: true)
        farm.reset(seed: Seed(1))
        var sum = 0.0
        var most = 0.0
        while farm.end == nil {
            farm.advance(Staffing(1))
            sum += (farm.metrics.responseTimeMean ?? 0) * Double(farm.metrics.completions)
            most = max(most, farm.metrics.responseTimeMax ?? 0)
        }
        // 0.25 s of work, polls of 0.05 s and 0.1 s on average.
        #expect(abs(sum / 400 - 0.4) < 0.015 && most <= 0.55 && most > 0.5)
        let median = farm.responseTime(quantile: 0.5) ?? 0
        #expect(abs(median - 0.4) < 0.03)
    }

    @Test("A farm that keeps no response times has none to tell")
    func responseTimes() throws {
        let farm = SimulatedFarm(try Scenario.preset("demo"))
        farm.reset(seed: Seed(1))
        for _ in 0..<5 { farm.advance(Staffing(6)) }
        #expect(farm.metrics.totals.done > 0 && farm.responseTime(quantile: 0.5) == nil)
    }
}
