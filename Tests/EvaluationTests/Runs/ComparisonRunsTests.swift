import Farm
import FarmEnvironments
import FarmPolicies
import Gymnasium
import Synchronization
import Testing

@testable import Evaluation

@Suite("The runs behind a comparison")
struct ComparisonRunsTests {
    private let subject: EvaluatedScenario
    private let runner: EpisodeRunner

    init() throws {
        subject = EvaluatedScenario(try .preset("demo"))
        runner = try EpisodeRunner(subject.scenario, action: .target, reward: try RewardScheme("default"))
    }

    @Test("A list of policies is cut at its commas, but not at those between parameters")
    func lists() throws {
        #expect(
            PolicyList.split("static:4,queue-length:target=2,floor=1,ratchet") == [
                "static:4", "queue-length:target=2,floor=1", "ratchet",
            ])
        let usual = try PolicyList(nil, for: subject.scenario).policies.map(\.name)
        #expect(usual.first == "static:\(subject.scenario.workers.initial)")
        #expect(PolicyList.tuned.allSatisfy { name in usual.contains { $0.hasPrefix(name) } })
        #expect(throws: (any Error).self) { try PolicyList("none", for: subject.scenario) }
    }

    @Test("The policies, the line of fixed numbers in order of their cost, hindsight; and how far it all is")
    func runs() throws {
        let policies = try PolicyList("static:5,reactive-average", for: subject.scenario).policies
        var runs = ComparisonRuns(runner, on: subject, policies, firstSeed: 7, episodes: 2)
        runs.hindsight = 1
        let titles = Mutex<[String]>([])
        let result = try runs.run(progress: { title in
            titles.withLock { $0.append(title) }
            return { _, _ in }
        })
        #expect(titles.withLock { $0 } == ["policies", "fixed numbers", "hindsight"])
        #expect(result.policies.map(\.policy) == ["static:5", "reactive-average"])
        #expect(result.baseline == "static:5" && result.scenario == subject.title)
        let costs = result.fixedLine.map { $0.episodes.map(\.workerSeconds).reduce(0, +) }
        #expect(costs == costs.sorted() && costs.count > 5)
        #expect(result.fixedLine.count { $0.policy == "static:5" } == 1)
        #expect(result.yardsticks.hindsight?.episodes.count == 2)
    }

    @Test("Who is told the counts of the coming windows does better than any fixed number, and is in every report")
    func trueCounts() throws {
        var scenario = try Scenario.preset("shuffled")
        (scenario.steps, scenario.stages.first.workers.max) = (20, 16)
        let shuffled = EvaluatedScenario(scenario)
        let runner = try EpisodeRunner(shuffled.scenario, action: .target, reward: try RewardScheme("default"))
        let policies = try PolicyList("static:12", for: shuffled.scenario).policies
        var runs = ComparisonRuns(runner, on: shuffled, policies, firstSeed: 7, episodes: 2)
        runs.tellsCounts = true
        let result = try runs.run()
        let told = try #require(result.yardsticks.trueCounts)
        #expect(told.episodes.map(\.seed) == [7, 8])
        let best = result.fixedLine.map { Sample.mean($0.values(.reward)) }.max() ?? 0
        #expect(Sample.mean(told.values(.reward)) > best)
        let comparison = try Comparison(result)
        #expect((comparison.policies[0].toTrueCounts?.mean ?? 0) > 0)
        #expect(TextTable().text(comparison).contains("true counts"))
        #expect(CSVReport.text(result).contains("true_counts,true-counts,7,"))
        #expect(JSONReport.text(comparison).contains("to_true_counts"))
        let alone = Evaluator(runner, firstSeed: 8, episodes: 1).trueCounts()
        #expect(alone.episodes == Array(told.episodes[1...]))
        runs.goal = try Goal("qos>=0.9")
        #expect(try runs.run().yardsticks.trueCounts == nil)
    }

    @Test("A rule is tuned on other seeds, and one that cannot keep the goal is told of")
    func tuning() throws {
        let policies = try PolicyList("queue-length", for: subject.scenario).policies
        var runs = ComparisonRuns(runner, on: subject, policies, firstSeed: 7, episodes: 1)
        (runs.tunes, runs.goal) = (true, try Goal("response_time_p95<=0.000001"))
        var notes: [String] = []
        let result = try runs.run(note: { notes.append($0) })
        #expect(notes.count == 1 && notes[0].hasPrefix("tuning queue-length: no parameters surely keep"))
        #expect(result.policies[0].policy.hasPrefix("queue-length"))
    }

    @Test("What would be refused at the end of a session is refused before it")
    func sessions() throws {
        func runs(_ list: String) throws -> FarmSessionRuns {
            FarmSessionRuns(runner, on: subject, try PolicyList(list, for: subject.scenario).policies, firstSeed: 1)
        }
        #expect(throws: EvaluationError.duplicatePolicy(policy: "static:4")) { try runs("static:4,static:4").check() }
        var others = try runs("static:4,static:5")
        try others.check()
        others.baseline = "static:6"
        #expect(throws: EvaluationError.unknownBaseline(baseline: "static:6", known: ["static:4", "static:5"])) {
            try others.check()
        }
        let text = others.announcement(.live(backend: "embedded", speed: 2), episodes: 3)
        #expect(text.hasPrefix("live (embedded, speed 2): demo@"))
        #expect(text.contains("2 policies × 3 episodes, at most") && text.hasSuffix("min and the resets"))
        #expect(others.announcement(.simulated, episodes: 3).hasSuffix("2 policies × 3 episodes"))
        let failure = EpisodesNotPlayed(reason: "it is gone", wanted: 3, played: 1)
        #expect("\(failure)" == "1 of 3 episodes of each policy were played to their end: it is gone")
    }

    @Test("A price goes up while the goal is kept and down while it is not, by less with each turn")
    func price() {
        var price = GoalTraining.Price(1)
        price.move(isKept: true)
        #expect(price.value == 2)
        price.move(isKept: true)
        #expect(price.value == 4)
        price.move(isKept: false)
        #expect(price.value == 4 / 2.0.squareRoot())
        for _ in 0..<1_000 { price.move(isKept: false) }
        #expect(price.value == 1e-6)
        #expect(throws: EvaluationError.self) { try GoalTraining.goal("queue<=2") }
        #expect(GoalTraining.stretches(of: 1_000) == 2 && GoalTraining.stretches(of: 10_000_000) == 20)
    }
}
