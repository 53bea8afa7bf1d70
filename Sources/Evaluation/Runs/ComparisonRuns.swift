import Farm
import FarmEnvironments
public import FarmPolicies
public import Gymnasium

/// The runs behind a comparison: the policies, a line of fixed numbers of workers, and what hindsight and a lower bound say.
///
///     let subject = EvaluatedScenario(try .preset("shuffled"))
///     let runner = try EpisodeRunner(subject.scenario, action: .target, reward: try RewardScheme("default"))
///     let policies = try PolicyList("static:12,reactive-average", for: subject.scenario).policies
///     let result = try ComparisonRuns(runner, on: subject, policies, firstSeed: 1_000_001, episodes: 200).run()
public struct ComparisonRuns: Sendable {
    private let runner: EpisodeRunner
    private let subject: EvaluatedScenario
    private let policies: [any FarmPolicy]
    private let firstSeed: UInt64
    /// Of each policy.
    private let episodes: Int
    /// What has to be kept at the least cost; nil: the reward counts.
    public var goal: Goal?
    /// Whether the operators' rules get the best parameters found on other seeds first.
    public var tunes = false
    /// The search for the best plan of each episode simulates as many tasks as so many episodes have; 0: none.
    public var hindsight = 0
    /// Whether a look-ahead that is told the coming windows' counts plays too; not with a goal.
    public var tellsCounts = false
    /// The policy that others are compared with; nil: the first.
    public var baseline: String?
    /// The seed whose windows are kept; nil keeps none.
    public var tracedSeed: UInt64?
    /// Is shown the windows of the policies' episodes, not those of the fixed numbers; nil: nobody is.
    public var watcher: Evaluator.Watcher?
    public var team = ThreadTeam.shared

    /// Numbers of the line, evenly spaced, beside those around what the work needs.
    private static let lineLength = 12

    public init(
        _ runner: EpisodeRunner, on subject: EvaluatedScenario, _ policies: [any FarmPolicy], firstSeed: UInt64,
        episodes: Int
    ) {
        self.runner = runner
        self.subject = subject
        self.policies = policies
        self.firstSeed = firstSeed
        self.episodes = episodes
    }

    /// - Parameters:
    ///   - progress: what is told of the progress of a part of it, by the part's title.
    ///   - note: called with what somebody should know beside the result.
    /// - Throws: `PolicyError` and `EvaluationError`.
    public func run(
        progress: (_ title: String) -> Evaluator.Progress = { _ in { _, _ in } }, note: (String) -> Void = { _ in }
    ) throws -> EvaluationResult {
        let evaluator = Evaluator(
            runner, firstSeed: firstSeed, episodes: episodes, objective: objective, team: team)
        let policies = tunes ? try tuned(progress, note) : self.policies
        let results = evaluator.run(
            policies, tracedSeed: tracedSeed, watcher: watcher, progress: progress("policies"))
        let names = Set(results.map(\.policy))
        let line = try fixedLine().filter { !names.contains($0) }.map { text in try PolicyCatalogue.policy(text) }
        var fixed = evaluator.run(line, progress: progress("fixed numbers"))
        // A chosen fixed number is on the line too.
        fixed += results.filter { $0.policy.hasPrefix("static:") }
        fixed.sort { mean($0) < mean($1) }
        var yardsticks = EvaluationResult.Yardsticks()
        if hindsight > 0 {
            let seconds = evaluator.hindsightSeconds(budget: hindsight)
            if seconds > 5 { note("hindsight: about \(Int(seconds.rounded())) s") }
            yardsticks.hindsight = evaluator.hindsight(
                budget: hindsight, rivals: policies + line, progress: progress("hindsight"))
        }
        if tellsCounts, goal == nil {
            yardsticks.trueCounts = evaluator.trueCounts(progress: progress("true counts"))
        }
        yardsticks.lowerBound = try? evaluator.lowerBound()
        return EvaluationResult(
            scenario: subject.title, episodes: episodes, seed: firstSeed,
            action: runner.action.value.string ?? "", policies: results,
            baseline: baseline ?? results.first?.policy, fixedLine: fixed, yardsticks: yardsticks,
            isOneWorkload: subject.isOneWorkload, goal: goal)
    }

    private var objective: Objective { goal.map { .goal($0) } ?? .reward }

    /// Each operators' rule with the parameters that did best, on seeds that the comparison does not use.
    private func tuned(_ progress: (String) -> Evaluator.Progress, _ note: (String) -> Void) throws -> [any FarmPolicy]
    {
        let far = firstSeed &+ 1_000_000_007
        let evaluator = Evaluator(
            runner, firstSeed: far, episodes: min(episodes, 30), objective: objective, team: team)
        return try policies.map { policy in
            let name = String(policy.name.prefix { $0 != ":" })
            guard PolicyList.tuned.contains(name) else { return policy }
            let candidates = try PolicyCatalogue.tunings(of: name, in: runner.scenario).map { text in
                try PolicyCatalogue.policy(text)
            }
            guard let best = try evaluator.best(of: candidates + [policy], progress: progress("tuning \(name)")) else {
                return policy
            }
            if let goal, best.standing != .kept {
                note(
                    "tuning \(name): no parameters surely keep \(goal) on the tuning seeds; \(best.policy.name) comes nearest"
                )
            }
            return best.policy
        }
    }

    private func fixedLine() -> [String] {
        let stage = runner.scenario.stages.first
        let bounds = stage.workers
        let least = max(bounds.min, 1)
        let stride = max(1, (bounds.max - least + ComparisonRuns.lineLength - 1) / ComparisonRuns.lineLength)
        // Fine around what the work needs, coarse elsewhere.
        let need = Int((runner.scenario.referenceRate * stage.service.mean).rounded())
        let near = (need - 2...need + 12).filter { (least...bounds.max).contains($0) }
        let coarse = Swift.stride(from: least, through: bounds.max, by: stride)
        return Set(near + Array(coarse) + [bounds.max]).sorted().map { "static:\($0)" }
    }

    private func mean(_ result: PolicyResult) -> Double {
        result.episodes.reduce(0) { $0 + $1.workerSeconds } / Double(max(result.episodes.count, 1))
    }
}
