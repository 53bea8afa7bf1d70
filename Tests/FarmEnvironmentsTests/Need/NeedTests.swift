import Farm
import Randomness
import Testing

@testable import FarmEnvironments

struct NeedTests {
    private func window(_ arrivals: Int, seconds: Double = 10, service: Double? = 0.5, queue: Int = 0) -> WindowMetrics
    {
        var metrics = WindowMetrics()
        metrics.windowSeconds = seconds
        metrics.stages.first.arrivals = arrivals
        metrics.stages.first.arrivalRate = Double(arrivals) / seconds
        metrics.stages.first.recentArrivalRate = Double(arrivals) / seconds
        metrics.stages.first.completions = arrivals
        metrics.stages.first.serviceTimeMean = service
        metrics.stages.first.serviceTimeP95 = service
        metrics.stages.first.queueLength = queue
        metrics.met = arrivals
        return metrics
    }

    private func estimate(_ windows: [WindowMetrics], of scenario: Scenario = .small()) -> NeedEstimate {
        var estimate = NeedEstimate()
        let scale = FarmScale(scenario)
        estimate.begin(scale)
        for window in windows { estimate.learn(window, window.stages.first, scale) }
        return estimate
    }

    @Test func itBeginsWithWhatTheFarmBeganWith() {
        // Four workers at first, of which three are thought to be busy.
        let begun = estimate([])
        #expect(begun.load == 3)
        #expect(begun.steady == 3 + 3.0.squareRoot() / 2)
        #expect(begun.backlog == 0)
    }

    @Test("After the first window the rate is the window's; a jump is taken over in a window or two")
    func itFollowsTheRate() {
        #expect(estimate([window(20)]).rate == 2)
        let jumped = estimate(Array(repeating: window(20), count: 10) + [window(200)])
        #expect(jumped.rate > 18 && jumped.rate < 20)
        #expect(jumped.slowRate < 4)
    }

    @Test("Of few tasks a window the rate is a mean over many windows")
    func fewTasksSayLittle() {
        let seldom = estimate((0..<40).map { window($0 % 4 == 0 ? 4 : 0) })
        #expect(abs(seldom.rate - 0.1) < 0.05)
    }

    @Test func workIsMeasured() {
        #expect(estimate([]).service == 0.5)
        let slower = estimate(Array(repeating: window(40, service: 1), count: 20))
        #expect(abs(slower.service - 1) < 0.01)
        #expect(abs(slower.load - 4) < 0.1)
        // Nothing was done: what is known stays.
        #expect(estimate([window(0, service: nil)]).service == 0.5)
    }

    @Test func whatWaitsNeedsWorkersByItsDeadline() {
        // A deadline of a second, half a second of work: all that waits has to begin at once.
        #expect(estimate([window(20, queue: 6)]).backlog == 6)
        var patient = Scenario.small()
        patient.deadline = DeadlineRule(factor: 0, min: 5.5, max: 5.5)
        #expect(abs(estimate([window(20, queue: 6)], of: patient).backlog - 0.6) < 1e-9)
    }

    @Test func aPeakIsRememberedAndForgotten() {
        let calm = Array(repeating: window(20), count: 50)
        let after = estimate([window(200)] + calm)
        #expect(after.peaks[0] < 1.1)
        #expect(abs(after.peaks[1] - 5) < 0.1)
        #expect(after.peaks[2] > 8)
        #expect(after.burstShare < 0.1)
        #expect(estimate(calm).peaks[2] < 3.1)
    }

    @Test func dispersionTellsNoiseFromMore() {
        var generator = PCG64(seed: Seed(3))
        let sampling = Sampling()
        let poisson = (0..<60).map { _ in window(sampling.poisson(mean: 40, using: &generator)) }
        let wild = (0..<60).map { window($0 % 2 == 0 ? 80 : 2) }
        #expect(estimate(poisson).dispersion < 3)
        #expect(estimate(wild).dispersion > 10)
    }

    @Test func whatActionsAskFor() {
        let need = Need(steady: 4, backlog: 3)
        func asked(_ action: Int) -> Int { NeedActions.desired(for: action, current: 9, need: need) }
        let multiples = NeedActions.multiples
        let once = multiples.firstIndex(of: 1).map { $0 + 1 } ?? 0
        #expect(asked(0) == 9)
        #expect(asked(1) == 0)
        #expect(asked(once) == 4)
        #expect(asked(once + multiples.count) == 7)
        #expect(asked(multiples.count) == 64)
        #expect(asked(NeedActions.count - 1) == 67)
        #expect(NeedActions.count == 1 + 2 * multiples.count)
        // Not of the space; holding is safe.
        #expect(asked(NeedActions.count) == 9 && asked(-1) == 9)
        #expect(multiples == multiples.sorted())
    }

    @Test("No number that a farm may say makes it anything but a number from 0 up")
    func itHoldsWhateverTheFarmSays() throws {
        var generator = PCG64(seed: Seed(5))
        var process = try DecisionProcess(
            scenario: .small(), observation: .relative, action: .need, reward: .weights(RewardWeights()), history: 2)
        process.begin(WindowMetrics())
        for step in 0..<3_000 {
            if step % 50 == 0 { process.begin(.wild(using: &generator)) }
            var wild = WindowMetrics.wild(using: &generator)
            wild.stages.first.arrivals = Int(truncatingIfNeeded: generator.next() >> 20)
            _ = process.step(wild, end: nil)
            #expect(process.observation.allSatisfy { (0...1).contains($0) })
            for action in [0, 1, 17, 18, 34] {
                #expect((0...1 << 40).contains(process.staffing(for: PerStage(action)).first))
            }
        }
    }
}
