import Foundation
import Testing

@testable import Evaluation

@Suite struct MetricTests {
    @Test("every metric has a name of its own, and reads the number of that name")
    func names() throws {
        #expect(Set(Metric.allCases.map(\.name)).count == Metric.allCases.count)
        let episode = EpisodeResult(
            qos: 0, paperQoS: 1, meanWorkers: 2, meanReady: 3, paperMeanWorkers: 4, meanDesired: 5, maxWorkers: 6,
            workerSeconds: 7, scalingActions: 8, responseTimeMean: 9, responseTimeP50: 10, responseTimeP95: 11,
            responseTimeP99: 12, queueMean: 13, reward: 14, seed: 15)
        #expect(Metric.allCases.map { episode[$0] } == (0...14).map(Double.init))
    }

    @Test("values are found under the metric they were made for")
    func values() {
        let values = MetricValues { $0.name }
        #expect(Metric.allCases.allSatisfy { values[$0] == $0.name })
    }

    @Test("an evaluation survives being stored as JSON")
    func stored() throws {
        let result = Fixtures.evaluation(episodes: 3)
        let again = try JSONDecoder().decode(EvaluationResult.self, from: JSONEncoder().encode(result))
        #expect(again == result)
        #expect(again.seeds == [100, 101, 102])
    }
}
