import Evaluation
import Farm
import FarmEnvironments
import FarmPolicies
import Testing

/// The four rows that arXiv 2602.06555's repository has recorded runs of, at 40 episodes; `make soak` has the full size.
struct PaperFidelityTests {
    /// Recorded QoS in percent and mean workers over ten episodes, with the half width of their 95 % intervals.
    private static let recorded: [(policy: String, qos: ClosedRange<Double>, workers: ClosedRange<Double>)] = [
        ("reactive-average", 47.5...54.2, 10.55...11.03),
        ("reactive-maximum", 54.8...76.4, 13.4...14.44),
        ("static:12", 82.2...90.2, 11.99...12.01),
        ("ratchet", 92.0...97.8, 13.81...14.99),
    ]

    @Test("paper-as-run gives what was recorded", arguments: recorded)
    func rows(policy: String, qos: ClosedRange<Double>, workers: ClosedRange<Double>) throws {
        let evaluator = Evaluator(try EpisodeRunnerTests.runner("paper-as-run"), firstSeed: 1, episodes: 40)
        let result = evaluator.run([try PolicyCatalogue.policy(policy)])[0]
        func mean(_ value: (EpisodeResult) -> Double) -> Double { result.episodes.map(value).reduce(0, +) / 40 }
        #expect(qos.contains(100 * mean(\.paperQoS)))
        #expect(workers.contains(mean(\.paperMeanWorkers)))
    }
}
