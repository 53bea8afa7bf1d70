import Farm
import Gymnasium
import Randomness
import Testing

@testable import FarmEnvironments

struct DecisionProcessTests {
    private static let everything = ObservationScheme.list(ObservationCatalogue.all.map(\.name))

    @Test(
        "gym#1844: observations are in their space, whatever the farm says", arguments: [.full, .paper, everything],
        [1, 3])
    func report84_observationsAreInTheirSpace(_ scheme: ObservationScheme, _ history: Int) throws {
        var generator = PCG64(seed: Seed(84))
        for scenario in [Scenario.small(), .paperSized, .small(workers: WorkerBounds(min: 40, max: 90, initial: 50))] {
            var process = try DecisionProcess(scenario: scenario, observation: scheme, history: history)
            process.begin(.wild(using: &generator))
            for _ in 0..<2_000 {
                _ = process.step(.wild(using: &generator), end: nil)
                let observation = process.observation
                #expect(observation.allSatisfy { $0.isFinite })
                #expect(throws: Never.self) { try process.observationSpace.element(from: .array(NDArray(observation))) }
            }
        }
    }

    @Test func thePapersFirstObservation() throws {
        var process = try DecisionProcess(scenario: .paperSized, observation: .paper)
        var metrics = WindowMetrics()
        metrics.phasesToCome = 3
        metrics.stages.first.workers.ready = 12
        process.begin(metrics)
        #expect(process.observation == [3, 0, 0, 0, 12, 1.5, 1.5, 0, 1])
    }

    @Test func thePapersNumbersInOrderAndWithinBounds() throws {
        var process = try DecisionProcess(scenario: .paperSized, observation: .paper)
        var metrics = WindowMetrics()
        metrics.phasesToCome = 1
        metrics.stages.first.queueLength = 17
        metrics.totals.done = 500
        metrics.stages.first.workers.ready = 14
        metrics.stages.first.workers.starting = 2
        metrics.stages.first.serviceTimeMean = 1
        metrics.responseTimeMean = 2.5
        metrics.responseTimeMax = 6
        metrics.stages.first.arrivalRate = 7.5
        (metrics.met, metrics.missed) = (3, 1)
        _ = process.step(metrics, end: nil)
        #expect(process.observation == [1, 17, 0, 500, 14, 2.5, 6, 7.5, 0.75])
        metrics.phasesToCome = 9
        metrics.stages.first.queueLength = 5_000
        metrics.totals.done = 5_000
        metrics.stages.first.workers.ready = 64
        metrics.responseTimeMean = 500
        metrics.responseTimeMax = 500
        metrics.stages.first.arrivalRate = 100
        _ = process.step(metrics, end: nil)
        #expect(process.observation == [3, 800, 0, 1_140, 32, 150, 160, 12, 0.75])
    }

    @Test func thePapersSpaceIsRepeatedForEachWindow() throws {
        let process = try DecisionProcess(scenario: .paperSized, observation: .paper, history: 2)
        #expect(
            process.observationSpace
                == .box(
                    Space.Box(
                        shape: [18], low: PaperObservation.low + PaperObservation.low,
                        high: PaperObservation.high + PaperObservation.high)))
    }

    @Test func historyIsOldestFirstAndBeginsFullOfTheFirst() throws {
        var process = try DecisionProcess(scenario: .small(), observation: .list(["ready", "desired"]), history: 3)
        process.begin(.workers(1))
        #expect(process.observation == [0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
        _ = process.step(.workers(2), end: nil)
        _ = process.step(.workers(3), end: nil)
        #expect(process.observation == [0.1, 0.1, 0.2, 0.2, 0.3, 0.3])
        _ = process.step(.workers(4), end: nil)
        #expect(process.observation == [0.2, 0.2, 0.3, 0.3, 0.4, 0.4])
        process.begin(.workers(5))
        #expect(process.observation == [0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    }

    @Test("stable-baselines3#364: a window without an ended task keeps the last times, and a reset forgets them")
    func report87_timesAreKept() throws {
        var process = try DecisionProcess(
            scenario: .small(), observation: .list(["service_time_mean", "response_time_max"]))
        process.begin(WindowMetrics())
        #expect(process.observation == [0, 0])
        var metrics = WindowMetrics()
        metrics.stages.first.serviceTimeMean = 1
        metrics.responseTimeMax = 3
        _ = process.step(metrics, end: nil)
        _ = process.step(WindowMetrics(), end: nil)
        #expect(process.observation == [0.5, 0.75])
        process.begin(WindowMetrics())
        #expect(process.observation == [0, 0])
    }

    @Test("serving#4344: starting workers are observed, and paid for")
    func report106_startingWorkersAreObservedAndPaid() throws {
        var process = try DecisionProcess(scenario: .small(), observation: .list(["ready", "starting"]))
        var metrics = WindowMetrics.workers(2)
        metrics.stages.first.workers.starting = 4
        metrics.stages.first.paidWorkerSeconds = 12
        let outcome = process.step(metrics, end: nil)
        #expect(process.observation == [0.2, 0.4])
        #expect(abs(outcome.reward + 0.05 * 12 / 4) < 1e-12)
    }

    @Test func theBufferOfTheCallerIsWritten() throws {
        var process = try DecisionProcess(scenario: .small())
        process.begin(.workers(4))
        var buffer = [Float](repeating: -1, count: 18)
        buffer.withUnsafeMutableBufferPointer { process.write(into: $0) }
        #expect(Array(buffer[..<16]) == process.observation)
        #expect(buffer[16...] == [-1, -1])
    }

    @Test func endsBecomeFlags() throws {
        var process = try DecisionProcess(scenario: .small(), maxEpisodeSteps: 3)
        process.begin(WindowMetrics())
        #expect(!process.step(WindowMetrics(), end: nil).isLast)
        let finished = process.step(WindowMetrics(), end: .finished)
        #expect(finished.terminated && !finished.truncated)
        let horizon = process.step(WindowMetrics(), end: .horizon)
        #expect(!horizon.terminated && horizon.truncated)
        process.begin(WindowMetrics())
        #expect(!process.step(WindowMetrics(), end: nil).truncated)
        #expect(!process.step(WindowMetrics(), end: nil).truncated)
        #expect(process.step(WindowMetrics(), end: nil).truncated)
    }

    @Test(arguments: [0, -1, 257, Int.max])
    func historiesBeyondTheLimitAreRefused(_ history: Int) throws {
        #expect(
            try #require(refusal { _ = try DecisionProcess(scenario: .small(), history: history) }).argument
                == "history")
    }
}

extension WindowMetrics {
    fileprivate static func workers(_ count: Int) -> WindowMetrics {
        var metrics = WindowMetrics()
        metrics.stages.first.workers.ready = count
        metrics.stages.first.workers.desired = count
        return metrics
    }
}
