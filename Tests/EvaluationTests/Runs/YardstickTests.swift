import Evaluation
import Farm
import FarmEnvironments
import FarmPolicies
import Randomness
import Testing

struct YardstickTests {
    private static let scenarios = ["shuffled", "paper-as-run", "paper", "demo", "burst", "bench-farm"]

    @Test("No policy undercuts the lower bound, whatever it does", arguments: scenarios)
    func lowerBound(name: String) throws {
        let runner = try EpisodeRunnerTests.runner(name)
        let evaluator = Evaluator(runner, firstSeed: 40, episodes: 3)
        let bound = try evaluator.lowerBound()
        let texts =
            ["ratchet", "reactive-maximum", "concurrency", "queue-length:target=2"]
            + (1...16).map { "static:\($0 * 2)" }
        for result in evaluator.run(try texts.map { text in try PolicyCatalogue.policy(text) }) {
            for (episode, limit) in zip(result.episodes, bound.episodes) {
                #expect(episode.reward <= limit.reward + 1e-9, "\(result.policy), seed \(episode.seed)")
            }
        }
    }

    @Test("The bound holds for other weights too", arguments: [(1.0, 0.0), (0.0, 1.0), (5.0, 0.5), (0.1, 1.0)])
    func weights(miss: Double, cost: Double) throws {
        var weights = RewardWeights()
        (weights.miss, weights.cost, weights.queue, weights.change) = (miss, cost, 0.1, 0.1)
        let runner = try EpisodeRunner(try Scenario.preset("shuffled"), action: .target, reward: .weights(weights))
        let evaluator = Evaluator(runner, firstSeed: 7, episodes: 2)
        let bound = try evaluator.lowerBound()
        for result in evaluator.run(
            try ["static:1", "static:6", "static:12", "ratchet"].map { text in try PolicyCatalogue.policy(text) })
        {
            for (episode, limit) in zip(result.episodes, bound.episodes) {
                #expect(episode.reward <= limit.reward + 1e-9)
            }
        }
    }

    @Test("A reward that is no weighted sum has no bound")
    func noBound() throws {
        let runner = try EpisodeRunner(try Scenario.preset("demo"), action: .target, reward: .paper)
        #expect(throws: EvaluationError.noLowerBound(reward: "paper")) {
            try Evaluator(runner, firstSeed: 1, episodes: 1).lowerBound()
        }
    }

    @Test("Hindsight is no worse than any fixed number it could have taken, and below the bound")
    func hindsight() throws {
        let runner = try EpisodeRunnerTests.runner("demo", .target)
        let evaluator = Evaluator(runner, firstSeed: 2, episodes: 2)
        let found = evaluator.hindsight(budget: 60)
        let bound = try evaluator.lowerBound()
        let fixed = evaluator.run(try (2...12).map { try PolicyCatalogue.policy("static:\($0)") })
        for index in 0..<2 {
            let best = fixed.map { $0.episodes[index].reward }.max() ?? 0
            #expect(found.episodes[index].reward >= best)
            #expect(found.episodes[index].reward <= bound.episodes[index].reward)
            #expect(found.episodes[index].seed == UInt64(2 + index))
        }
        let more = evaluator.hindsight(budget: 200)
        #expect(zip(more.episodes, found.episodes).allSatisfy { $0.reward >= $1.reward })
    }

    @Test("The best of several is the one with the highest mean reward")
    func best() throws {
        let evaluator = Evaluator(try EpisodeRunnerTests.runner("demo", .target), firstSeed: 2, episodes: 3)
        let policies = try ["static:2", "static:7", "static:12"].map { text in try PolicyCatalogue.policy(text) }
        #expect(evaluator.best(of: policies)?.name == "static:7")
    }
}
