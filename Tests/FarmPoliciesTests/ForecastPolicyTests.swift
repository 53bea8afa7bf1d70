import Farm
import FarmSimulator
import Randomness
import Testing

@testable import FarmPolicies

@Suite struct ForecastPolicyTests {
    /// Work of 1 s, a deadline of 2 s, steps of 5 s.
    private static let scenario = Scenario.plain(workers: WorkerBounds(min: 1, max: 200, initial: 5), startUp: 5)

    /// Windows in which `counts` tasks came, that all were done at once.
    private static func windows(_ counts: [Int], service: (Int) -> Double = { _ in 1 }) -> [WindowMetrics] {
        counts.enumerated().map { index, count in
            .window(workers: 5, at: 5 * Double(index + 1)) {
                ($0.stages.first.arrivals, $0.stages.first.completions) = (count, count)
                $0.stages.first.arrivalRate = Double(count) / 5
                $0.stages.first.recentArrivalRate = Double(count) / 5
                $0.stages.first.serviceTimeMean = service(index)
                $0.stages.first.serviceTimeP95 = 2 * service(index)
            }
        }
    }

    @Test("A rate that does not change needs what the queueing formula says, or a little more")
    func constant() throws {
        let asked = try decisions(
            "forecast:miss=0.05,quantile=0.9", in: Self.scenario, on: Self.windows(Array(repeating: 50, count: 40)))
        let least = Queueing.Load(rate: 10, service: 1, variability: 0.5).leastWorkers(
            miss: 0.05, slack: 1, limit: 200)
        for number in asked.suffix(10) { #expect((11...least + 2).contains(number)) }
    }

    @Test("It follows a jump at once, and comes down when no need of the last seconds was larger")
    func jump() throws {
        let counts = Array(repeating: 10, count: 20) + [100] + Array(repeating: 10, count: 20)
        let asked = try decisions(
            "forecast:miss=0.05,quantile=0.9,stabilisation=30", in: Self.scenario, on: Self.windows(counts))
        #expect(asked[19] < 6)
        #expect(asked[20] >= 20)
        for index in 20..<26 { #expect(asked[index] >= 20) }
        #expect(asked[40] < 15)
    }

    @Test("What waits adds workers that drain it in time")
    func backlog() throws {
        var window = Self.windows([50])[0]
        let calm = try decisions("forecast", in: Self.scenario, on: [window])[0]
        window.stages.first.queueLength = 30
        #expect(try decisions("forecast", in: Self.scenario, on: [window])[0] >= calm + 30)
    }

    @Test("Work that becomes twice as long needs twice the workers")
    func drift() throws {
        let windows = Self.windows(Array(repeating: 50, count: 120)) { $0 < 40 ? 1 : 2 }
        let asked = try decisions("forecast:miss=0.05,quantile=0.9", in: Self.scenario, on: windows)
        #expect(asked[119] >= asked[39] + 9)
    }

    @Test("With a period it has the workers of the peak before the peak")
    func season() throws {
        let counts = (0..<80).map { $0 % 20 >= 15 ? 100 : 10 }
        func beforePeak(_ text: String) throws -> Int {
            try decisions(text, in: Self.scenario, on: Self.windows(counts))[74]
        }
        #expect(try beforePeak("forecast:stabilisation=0,period=100") >= 20)
        #expect(try beforePeak("forecast:miss=0.05,quantile=0.9") < 20)
    }

    @Test("A dear worker is asked for less often, and a rare miss more")
    func prices() throws {
        let windows = Self.windows((0..<60).map { 40 + 20 * ($0 % 2) })
        func number(_ text: String) throws -> Int { try decisions(text, in: Self.scenario, on: windows)[59] }
        let asked = try ["0.3", "0.03", "0.003"].map { try number("forecast:stabilisation=0,cost=\($0)") }
        #expect(asked[0] < asked[1] && asked[1] < asked[2])
        #expect(try number("forecast:miss=0.001") > number("forecast:miss=0.2"))
        #expect(try number("forecast:quantile=0.99") >= number("forecast:quantile=0.5"))
    }

    @Test("Start-ups are learnt from what starting workers are paid, unless some of them go or others drain")
    func startUps() {
        var estimate = ServiceEstimate(Self.scenario.stages.first)
        #expect(estimate.startUp == 5)
        var window = WindowMetrics.window(workers: 10)
        window.stages.first.workers.appliedDelta = 4
        window.stages.first.workers.starts = 4
        window.stages.first.readyWorkerSeconds = 30
        window.stages.first.paidWorkerSeconds = 30 + 4 * 3
        for _ in 0..<20 { estimate.add(window) }
        #expect(abs(estimate.startUp - 3) < 0.1)
        window.stages.first.workers.draining = 3
        window.stages.first.paidWorkerSeconds = 500
        for _ in 0..<20 { estimate.add(window) }
        #expect(abs(estimate.startUp - 3) < 0.1)
    }

    @Test("Counts of a Poisson process have a dispersion near 1, clustered ones a larger one")
    func dispersion() {
        var generator = PCG64(seed: Seed(3))
        let sampling = Sampling()
        var (plain, clustered) = (RateForecast(.init()), RateForecast(.init()))
        for _ in 0..<2_000 {
            plain.add(count: sampling.poisson(mean: 40, using: &generator), seconds: 8)
            clustered.add(count: 6 * sampling.poisson(mean: 40.0 / 6, using: &generator), seconds: 8)
        }
        #expect((0.8...2).contains(plain.dispersion))
        #expect(clustered.dispersion > 3)
    }
}
