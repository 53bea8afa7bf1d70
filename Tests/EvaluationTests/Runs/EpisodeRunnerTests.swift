import Evaluation
import Farm
import FarmEnvironments
import FarmPolicies
import Gymnasium
import Randomness
import Testing

struct EpisodeRunnerTests {
    static func runner(_ name: String, _ action: ActionScheme? = nil) throws -> EpisodeRunner {
        let scenario = try Scenario.preset(name)
        return try EpisodeRunner(
            scenario, action: action ?? EpisodeRunner.usualAction(scenario), reward: .weights(RewardWeights()))
    }

    @Test("A policy cannot do more in a step than the action scheme allows")
    func allowed() throws {
        #expect(try Self.runner("shuffled", .paper).allowed(Staffing(20), current: Staffing(12)).first == 13)
        #expect(try Self.runner("shuffled", .delta(3)).allowed(Staffing(0), current: Staffing(12)).first == 9)
        #expect(try Self.runner("shuffled", .target).allowed(Staffing(99), current: Staffing(12)).first == 32)
        #expect(try Self.runner("paper").action == .paper)
        #expect(try Self.runner("shuffled").action == .target)
    }

    @Test("A pipeline is refused, in words")
    func pipeline() throws {
        var scenario = try Scenario.preset("demo")
        scenario.stages.rest = [scenario.stages.first]
        let error = #expect(throws: EnvironmentError.self) {
            try EpisodeRunner(scenario, action: .target, reward: .paper)
        }
        #expect(error?.description.contains("pipelines are not offered yet") == true)
    }

    @Test("The numbers of an episode are those of its windows", arguments: ["shuffled", "paper-as-run", "demo"])
    func numbers(name: String) throws {
        let runner = try Self.runner(name)
        let policy = try PolicyCatalogue.policy("reactive-average")
        let (result, trace, _) = runner.run(policy, seed: Seed(5), number: 5, traced: true)
        let windows = try #require(trace?.windows)
        let last = try #require(windows.last)
        #expect(abs(result.meanWorkers * last.time - result.workerSeconds) < 1e-6)
        #expect(abs(result.paperMeanWorkers - windows.map(\.ready).reduce(0, +) / Double(windows.count)) < 1e-9)
        #expect(abs(result.meanDesired - windows.map(\.desired).reduce(0, +) / Double(windows.count)) < 1e-9)
        #expect(result.meanReady <= result.meanWorkers + 1e-9)
        #expect(result.responseTimeP50 <= result.responseTimeP95)
        #expect(result.responseTimeP95 <= result.responseTimeP99)
        #expect((0...1).contains(result.qos) && (0...1).contains(result.paperQoS))
        #expect(result.seed == 5)
    }

    @Test("One seed is one result, whatever ran before, on one thread or several")
    func determinism() throws {
        let runner = try Self.runner("shuffled")
        let policies = try ["ratchet", "static:9", "concurrency"].map { text in try PolicyCatalogue.policy(text) }
        let one = Evaluator(runner, firstSeed: 3, episodes: 4, team: ThreadTeam(threads: 1)).run(policies)
        let three = Evaluator(runner, firstSeed: 3, episodes: 4, team: ThreadTeam(threads: 3)).run(policies)
        #expect(one == three)
        #expect(one[1].episodes[2] == runner.run(policies[1], seed: Seed(5), number: 5).result)
    }

    @Test("Two policies with one seed meet the same tasks")
    func paired() throws {
        let runner = try Self.runner("shuffled")
        func rates(_ policy: String) throws -> [Double] {
            let trace = runner.run(try PolicyCatalogue.policy(policy), seed: Seed(8), number: 8, traced: true).trace
            return try #require(trace).windows.map(\.arrivalRate)
        }
        #expect(try rates("static:1") == rates("static:32"))
    }

    @Test("Progress comes for every episode, and ends with all of them")
    func progress() throws {
        let counter = Counter()
        let evaluator = Evaluator(try Self.runner("demo"), firstSeed: 0, episodes: 3)
        _ = evaluator.run(
            [try PolicyCatalogue.policy("ratchet")], progress: { done, count in counter.note(done, count) })
        #expect(counter.notes.sorted { $0.0 < $1.0 }.map(\.0) == [1, 2, 3])
        #expect(counter.notes.allSatisfy { $0.1 == 3 })
    }

    /// Calls come one at a time.
    private final class Counter: @unchecked Sendable {
        var notes: [(Int, Int)] = []

        func note(_ done: Int, _ count: Int) { notes.append((done, count)) }
    }
}
