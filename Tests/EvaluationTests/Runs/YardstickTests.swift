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
        let found = evaluator.hindsight(budget: 60, leastTasks: 0)
        let bound = try evaluator.lowerBound()
        let fixed = evaluator.run(try (2...12).map { try PolicyCatalogue.policy("static:\($0)") })
        for index in 0..<2 {
            let best = fixed.map { $0.episodes[index].reward }.max() ?? 0
            #expect(found.episodes[index].reward >= best)
            #expect(found.episodes[index].reward <= bound.episodes[index].reward)
            #expect(found.episodes[index].seed == UInt64(2 + index))
        }
        #expect(evaluator.hindsightSeconds(budget: 60) > 0)
    }

    @Test(
        "Hindsight is no worse than any policy of the table or of the fixed line, on any seed, with hardly a budget",
        arguments: Scenario.presetNames, [nil, "qos>=0.99"])
    func rivals(name: String, goal: String?) throws {
        var scenario = try Scenario.preset(name)
        scenario.steps = min(scenario.steps, 15)
        let objective = try goal.map { Objective.goal(try Goal($0)) } ?? .reward
        let runner = try EpisodeRunner(
            scenario, action: EpisodeRunner.usualAction(scenario), reward: .weights(RewardWeights()))
        let evaluator = Evaluator(runner, firstSeed: 60, episodes: 2, objective: objective)
        let bounds = scenario.workers
        let texts = ["ratchet", "queue-length:stabilisation=15", "concurrency", "reactive-maximum"]
        let line = [bounds.min, (bounds.min + bounds.max) / 2, bounds.max].map { "static:\($0)" }
        let policies = try (texts + line).map { text in try PolicyCatalogue.policy(text) }
        let found = evaluator.hindsight(budget: 3, rivals: policies, leastTasks: 0)
        for result in evaluator.run(policies) {
            for (episode, best) in zip(result.episodes, found.episodes) {
                if case .goal(let goal) = objective {
                    let missing = (goal.shortfall(best.qos), goal.shortfall(episode.qos))
                    #expect(missing.0 <= missing.1, "\(result.policy)")
                    if missing.0 == missing.1 { #expect(best.workerSeconds <= episode.workerSeconds) }
                } else {
                    #expect(best.reward >= episode.reward, "\(result.policy)")
                }
            }
        }
    }

    @Test("No policy that keeps a goal pays less than its lower bound")
    func goalBound() throws {
        for name in ["shuffled", "demo", "bench-farm"] {
            let runner = try EpisodeRunnerTests.runner(name)
            for share in ["0.5", "0.9", "0.99"] {
                let goal = try Goal("qos>=\(share)")
                let evaluator = Evaluator(runner, firstSeed: 40, episodes: 3, objective: .goal(goal))
                let bound = try evaluator.lowerBound()
                let policies = try (1...12).map { text in try PolicyCatalogue.policy("static:\(text * 2)") }
                for result in evaluator.run(policies) {
                    for (episode, limit) in zip(result.episodes, bound.episodes) where episode.qos >= goal.bound {
                        #expect(episode.workerSeconds >= limit.workerSeconds - 1e-6, "\(result.policy)")
                    }
                }
            }
        }
        let time = try Goal("response_time_p95<=2")
        let evaluator = Evaluator(
            try EpisodeRunnerTests.runner("demo"), firstSeed: 1, episodes: 1, objective: .goal(time))
        #expect(throws: EvaluationError.noLowerBound(reward: time.text)) { try evaluator.lowerBound() }
    }

    @Test("With a goal the best is the cheapest that keeps it, or the nearest, and how it stands is told")
    func bestForGoal() throws {
        let runner = try EpisodeRunnerTests.runner("demo", .target)
        func best(_ goal: String, _ policies: [String]) throws -> Evaluator.Choice? {
            let evaluator = Evaluator(runner, firstSeed: 2, episodes: 4, objective: .goal(try Goal(goal)))
            return try evaluator.best(of: try policies.map { text in try PolicyCatalogue.policy(text) })
        }
        let choice = try best("qos>=0.9", ["static:2", "static:12", "static:10", "static:3"])
        #expect(choice?.policy.name == "static:10")
        #expect(choice?.standing == .kept)
        let nearest = try best("qos>=0.9", ["static:2", "static:3"])
        #expect(nearest?.policy.name == "static:3")
        #expect(nearest?.standing == .missed)
    }

    @Test("The best of several is the one with the highest mean reward")
    func best() throws {
        let evaluator = Evaluator(try EpisodeRunnerTests.runner("demo", .target), firstSeed: 2, episodes: 3)
        let policies = try ["static:2", "static:7", "static:12"].map { text in try PolicyCatalogue.policy(text) }
        #expect(try evaluator.best(of: policies)?.policy.name == "static:7")
    }
}
