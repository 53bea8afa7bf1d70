import Farm
import Testing

@testable import FarmEnvironments

struct ObservationTransformTests {
    private let scale = FarmScale(.small())

    @Test func logarithmEndsAtItsCap() {
        let transform = ObservationTransform.logarithm(cap: 10_000)
        #expect(transform(0, scale: scale) == 0)
        #expect(transform(10_000, scale: scale) == 1)
        #expect(transform(16_777_217, scale: scale) == 1)
        // log1p(99) / log1p(10000)
        #expect(abs(transform(99, scale: scale) - 0.499_995) < 1e-4)
    }

    @Test func workersAreSharesOfTheMost() {
        #expect(ObservationTransform.workers(4, scale: scale) == 0.4)
        #expect(ObservationTransform.workers(11, scale: scale) == 1)
    }

    @Test func durationsSaturateAtTheMeanDeadline() {
        #expect(ObservationTransform.duration(1, scale: scale) == 0.5)
        #expect(ObservationTransform.duration(3, scale: scale) == 0.75)
        #expect(ObservationTransform.duration(.infinity, scale: scale) == 1)
        #expect(ObservationTransform.duration(.greatestFiniteMagnitude, scale: scale) == 1)
    }

    @Test(arguments: [ObservationTransform.logarithm(cap: 3_600), .workers, .duration, .share])
    func rubbishStaysInTheInterval(_ transform: ObservationTransform) {
        for raw in [Double.nan, -Double.infinity, -1, -0.0] { #expect(transform(raw, scale: scale) == 0) }
        #expect(transform(Double.infinity, scale: scale) == 1)
    }

    @Test func aScenarioWithoutDeadlineOrTimeDividesByNoZero() {
        var scenario = Scenario.small(workers: WorkerBounds(min: 0, max: 0, initial: 0))
        scenario.deadline = DeadlineRule(factor: 0, min: 0, max: 0)
        scenario.stepSeconds = 0
        let scale = FarmScale(scenario)
        for transform in [ObservationTransform.logarithm(cap: 9), .workers, .duration, .share] {
            #expect((0...1).contains(transform(5, scale: scale)))
            #expect(transform(0, scale: scale) == 0)
        }
    }
}
