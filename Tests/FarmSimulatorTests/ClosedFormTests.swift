import Farm
import Foundation
import Randomness
import Testing

@testable import FarmSimulator

/// Queues whose course is known in closed form, within 1 %. The numbers of tasks are such that this is three standard errors or
/// more; the seed is fixed.
struct ClosedFormTests {
    /// One window over as many tasks as are expected in `seconds`, after the queue has settled.
    private func run(
        rate: Double, service: ServiceTime, workers: Int, tasks: Double
    ) -> (metrics: WindowMetrics, farm: SimulatedFarm) {
        let scenario = Scenario.queue(
            Scenario.rate(rate), service: service, workers: workers, step: tasks / rate, steps: 2)
        let farm = SimulatedFarm(scenario, keepsResponseTimes: true)
        farm.reset(seed: Seed(11))
        farm.advance(Staffing(workers))
        return (farm.metrics, farm)
    }

    /// Erlang's C: the probability that all of `workers` are busy at an offered load of `load`.
    private func erlangC(_ workers: Int, _ load: Double) -> Double {
        var blocking = 1.0
        for worker in 1...workers { blocking = load * blocking / (Double(worker) + load * blocking) }
        return blocking / (1 - load / Double(workers) * (1 - blocking))
    }

    private func expect(
        _ got: Double?, _ expected: Double, _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            abs((got ?? .nan) / expected - 1) < 0.01, "\(what): \(got ?? .nan), expected \(expected)",
            sourceLocation: sourceLocation)
    }

    @Test(
        "M/M/c: response time and utilisation, 400,000 tasks",
        arguments: [(1, 0.5), (2, 0.6), (5, 0.7), (20, 0.8)])
    func erlang(workers: Int, utilisation: Double) {
        let load = Double(workers) * utilisation
        let (metrics, _) = run(
            rate: load, service: ServiceTime(.exponential(mean: 1)), workers: workers, tasks: 400_000)
        let wait = erlangC(workers, load) / (Double(workers) - load)
        expect(metrics.responseTimeMean, 1 + wait, "response time")
        expect(metrics.stages.first.utilisation, utilisation, "utilisation")
        expect(metrics.arrivalRate, load, "arrival rate")
        expect(metrics.stages.first.serviceTimeMean, 1, "service time")
    }

    @Test("M/M/1: response times are exponential; quantiles within 1.6 % and what 400,000 tasks leave of chance")
    func quantiles() {
        let (_, farm) = run(rate: 0.5, service: ServiceTime(.exponential(mean: 1)), workers: 1, tasks: 400_000)
        for share in [0.1, 0.5, 0.9, 0.95, 0.99] {
            let expected = -2 * log(1 - share)
            let got = farm.responseTime(quantile: share) ?? .nan
            #expect(abs(got / expected - 1) < 0.03, "\(share): \(got), expected \(expected)")
        }
    }

    @Test("M/D/1: response time and utilisation, 400,000 tasks", arguments: [0.3, 0.5, 0.6])
    func deterministic(utilisation: Double) {
        let (metrics, _) = run(rate: utilisation, service: ServiceTime(.constant(1)), workers: 1, tasks: 400_000)
        expect(metrics.responseTimeMean, 1 + utilisation / (2 * (1 - utilisation)), "response time")
        expect(metrics.stages.first.utilisation, utilisation, "utilisation")
        #expect(abs((metrics.stages.first.serviceTimeP95 ?? 0) - 1) < 1e-9)
    }

    @Test("M/G/1: gamma and lognormal work by Pollaczek and Khinchine, 400,000 tasks")
    func general() {
        for (service, variation) in [
            (ServiceTime(.gamma(shape: 4, mean: 1)), 0.25), (ServiceTime(.lognormal(mean: 1, cv: 0.8)), 0.64),
        ] {
            let (metrics, _) = run(rate: 0.5, service: service, workers: 1, tasks: 400_000)
            expect(
                metrics.responseTimeMean, 1 + 0.5 * (1 + variation) / (2 * 0.5),
                "response time of \(service.distribution)")
        }
    }

    @Test("M/M/∞: with a worker for everybody nobody waits, and Little's law says how many are busy")
    func infinite() {
        let (metrics, _) = run(rate: 30, service: ServiceTime(.exponential(mean: 1)), workers: 200, tasks: 200_000)
        expect(metrics.responseTimeMean, 1, "response time")
        expect(metrics.stages.first.utilisation * 200, 30, "busy workers")
        #expect(metrics.queueLength == 0 && metrics.met == metrics.completions)
    }

    @Test("D/D/1: to the last digit")
    func clockwork() throws {
        let farm = SimulatedFarm(try .bag((0..<100).map { (Double($0), 0.75) }, workers: 1, step: 100, steps: 2))
        farm.reset(seed: Seed(1))
        farm.advance(Staffing(1))
        #expect(farm.metrics.responseTimeMean == 0.75 && farm.metrics.stages.first.utilisation == 0.75)
        #expect(farm.metrics.completions == 100 && farm.metrics.paidWorkerSeconds == 100)
        // Twice the work that one can do: the last of ten waits for nine.
        let late = SimulatedFarm(try .bag((0..<10).map { (Double($0), 2) }, workers: 1, step: 40, steps: 2))
        late.reset(seed: Seed(1))
        late.advance(Staffing(1))
        #expect(late.metrics.responseTimeMax == 20 - 9 && late.metrics.responseTimeMean == 2 + 4.5)
    }

    @Test("The published workload: 12 workers at 7.5 tasks a second of 1.470 s are 92 % busy")
    func paper() throws {
        var scenario = try Scenario.preset("paper")
        scenario.arrivals = Scenario.rate(7.5)
        scenario.platform = Platform()
        scenario.stepSeconds = 40_000
        let farm = SimulatedFarm(scenario)
        farm.reset(seed: Seed(1))
        farm.advance(Staffing(12))
        expect(farm.metrics.stages.first.utilisation, 0.92, "utilisation")
    }
}
