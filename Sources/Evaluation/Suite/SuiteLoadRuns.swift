import Farm
import FarmEnvironments
import FarmPolicies
import Gymnasium

/// The runs of a suite on one load: the tuning, then every policy on each test segment.
struct SuiteLoadRuns {
    private let load: SuiteLoad
    private let suite: SuiteRuns
    private let rounds: Int
    /// For each policy of the suite the texts to choose from; one where there is nothing to choose.
    private let candidates: [[String]]
    /// All texts of the operators' rules, for the best of them on the test segments; empty where that is not wanted.
    private let inSample: [String]

    init(_ load: SuiteLoad, _ suite: SuiteRuns) throws {
        self.load = load
        self.suite = suite
        rounds = suite.rounds(of: load)
        candidates = try suite.policies.map { try SuiteLoadRuns.candidates($0, in: load.tuning) }
        var texts: [String] = []
        if suite.isInSample {
            for scenario in load.tests {
                texts += try SuiteRuns.references.flatMap { try SuiteLoadRuns.candidates($0, in: scenario) }
            }
        }
        var seen: Set<String> = []
        inSample = texts.filter { seen.insert($0).inserted }
    }

    /// Simulated tasks of all of it, roughly.
    var work: Int {
        let tests = load.tests.reduce(0) { $0 + SuiteLoadRuns.tasks($1) }
        return rounds
            * (choices.count * SuiteLoadRuns.tasks(load.tuning)
                + (candidates.count + inSample.count + suite.hindsight + toldWork) * tests)
    }

    /// Whether a yardstick is told the counts: what it plans by are prices, and a goal has none.
    private var tellsCounts: Bool { suite.tellsCounts && suite.goal == nil }

    /// The told one's episode beside a rule's, in simulated tasks, roughly.
    private var toldWork: Int { tellsCounts ? SuiteLoadRuns.tasksOfTold : 0 }

    /// Futures, windows that each of them reaches, and numbers that are tried.
    private static let tasksOfTold = 48 * 4 * 14

    func run(_ work: SuiteWork, _ note: (String) -> Void) throws -> SuiteLoadResult {
        let chosen = try tuned(work, note)
        var entries = zip(suite.policies, chosen).map { SuiteEntry(asked: $0, played: $1) }
        var pool = inSample.map { SuiteEntry(asked: "best in-sample", played: $0) }
        for scenario in load.tests {
            let evaluator = try evaluator(scenario, from: suite.firstSeed)
            let tasks = SuiteLoadRuns.tasks(scenario)
            var rivals: [any FarmPolicy] = []
            for (index, text) in chosen.enumerated() where entries[index].refusal == nil {
                do { rivals += try PolicyList(text, for: scenario).policies } catch let error as EnvironmentError {
                    // An agent that was made for other numbers of workers.
                    entries[index].refusal = error.message
                    note("\(text) does not play \(load.name): \(error.message)")
                }
            }
            let played = evaluator.run(rivals, progress: work.part(rivals.count * rounds, of: tasks))
            var results = played.makeIterator()
            for index in entries.indices where entries[index].refusal == nil {
                if let result = results.next() { entries[index].segments.append(result) }
            }
            let references = try inSample.map { text in try PolicyCatalogue.policy(text) }
            let others = evaluator.run(references, progress: work.part(references.count * rounds, of: tasks))
            for (index, result) in others.enumerated() { pool[index].segments.append(result) }
        }
        let segments = load.tests.map { SuiteLoadResult.Segment($0, prices: suite.goal == nil) }
        var result = SuiteLoadResult(
            load: load.name, summary: load.summary, tuning: SuiteLoadResult.title(load.tuning), segments: segments,
            rounds: rounds, entries: entries, goal: suite.goal)
        result.inSample = try result.best(of: pool)
        // What was best in the sample is a rival too: no row of the table is cheaper than hindsight.
        let rivals = chosen.enumerated().filter { entries[$0.offset].refusal == nil }.map(\.element)
        if suite.hindsight > 0 {
            result.hindsight = try hindsight(rivals + [result.inSample?.played].compactMap(\.self), work)
        }
        if tellsCounts { result.trueCounts = try trueCounts(work) }
        return result
    }

    private func hindsight(_ rivals: [String], _ work: SuiteWork) throws -> SuiteEntry {
        var entry = SuiteEntry(asked: "hindsight", played: "hindsight")
        for scenario in load.tests {
            let rivals = try rivals.flatMap { try PolicyList($0, for: scenario).policies }
            entry.segments.append(
                try evaluator(scenario, from: suite.firstSeed).hindsight(
                    budget: suite.hindsight, rivals: rivals,
                    progress: work.part(rounds, of: SuiteLoadRuns.tasks(scenario) * suite.hindsight)))
        }
        return entry
    }

    private func trueCounts(_ work: SuiteWork) throws -> SuiteEntry {
        var entry = SuiteEntry(asked: "true counts", played: "true counts")
        for scenario in load.tests {
            entry.segments.append(
                try evaluator(scenario, from: suite.firstSeed).trueCounts(
                    progress: work.part(rounds, of: SuiteLoadRuns.tasks(scenario) * toldWork)))
        }
        return entry
    }

    /// The text that each policy plays with: the best on the tuning segment where there is something to choose.
    private func tuned(_ work: SuiteWork, _ note: (String) -> Void) throws -> [String] {
        let evaluator = try evaluator(load.tuning, from: suite.firstSeed &+ SuiteRuns.tuningSeeds)
        let policies = try choices.map { text in try PolicyCatalogue.policy(text) }
        // All of them at once, so that the tasks of a seed are drawn once.
        let results = evaluator.run(
            policies, progress: work.part(policies.count * rounds, of: SuiteLoadRuns.tasks(load.tuning)))
        var next = 0
        return try zip(suite.policies, candidates).map { name, texts in
            guard texts.count > 1 else { return texts.first ?? name }
            defer { next += texts.count }
            guard let best = try evaluator.objective.best(of: Array(results[next..<next + texts.count])) else {
                return name
            }
            if let goal = suite.goal, best.standing != .kept {
                note(
                    "\(load.name): no parameters of \(name) surely keep \(goal) on the tuning segment; "
                        + "\(texts[best.index]) comes nearest")
            }
            return texts[best.index]
        }
    }

    /// The texts of all policies that have something to choose.
    private var choices: [String] { candidates.filter { $0.count > 1 }.flatMap(\.self) }

    private func evaluator(_ scenario: Scenario, from seed: UInt64) throws -> Evaluator {
        let runner = try EpisodeRunner(
            scenario, action: suite.action ?? EpisodeRunner.usualAction(scenario), reward: .weights(suite.reward))
        return Evaluator(
            runner, firstSeed: seed, episodes: rounds, objective: suite.goal.map { .goal($0) } ?? .reward,
            team: suite.team)
    }

    private static func candidates(_ text: String, in scenario: Scenario) throws -> [String] {
        let isBare = PolicyCatalogue.all.contains { $0.name == text }
        guard isBare else { return [text] }
        let grid = try PolicyCatalogue.tunings(of: text, in: scenario)
        return grid.isEmpty ? [text] : grid
    }

    private static func tasks(_ scenario: Scenario) -> Int {
        Int(min(max(scenario.referenceRate * scenario.horizon, 1), 1e9))
    }
}

extension SuiteRuns {
    /// How far the seeds of the tuning are from those of the test.
    static let tuningSeeds: UInt64 = 1_000_000_007
}
