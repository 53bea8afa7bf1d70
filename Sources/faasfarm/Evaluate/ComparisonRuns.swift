import Evaluation
import Farm
import FarmEnvironments
import FarmPolicies
import Foundation
import Gymnasium

/// The runs behind a comparison.
struct ComparisonRuns {
    let runner: EpisodeRunner
    let chosen: PolicyList
    let options: EvaluateCommand
    let goal: Goal?
    let team: ThreadTeam
    let subject: EvaluatedScenario
    /// Of each policy.
    let episodes: Int

    /// Numbers of the line, evenly spaced, beside those around what the work needs.
    private static let lineLength = 12

    func run() throws -> EvaluationResult {
        let evaluator = Evaluator(
            runner, firstSeed: options.seed, episodes: episodes, objective: objective, team: team)
        let policies = options.tune ? try tuned(chosen.policies) : chosen.policies
        let results = evaluator.run(
            policies, tracedSeed: options.tracedSeed, progress: ProgressBar("policies", unit: "episodes").update)
        let names = Set(results.map(\.policy))
        let line = try fixedLine().filter { !names.contains($0) }.map { text in try PolicyCatalogue.policy(text) }
        var fixed = evaluator.run(line, progress: ProgressBar("fixed numbers", unit: "episodes").update)
        // A chosen fixed number is on the line too.
        fixed += results.filter { $0.policy.hasPrefix("static:") }
        fixed.sort { mean($0) < mean($1) }
        var yardsticks = EvaluationResult.Yardsticks()
        if options.hindsight > 0 {
            yardsticks.hindsight = evaluator.hindsight(
                budget: options.hindsight, rivals: policies + line,
                progress: ProgressBar("hindsight", unit: "episodes").update)
        }
        yardsticks.lowerBound = try? evaluator.lowerBound()
        return EvaluationResult(
            scenario: subject.title, episodes: episodes, seed: options.seed,
            action: runner.action.value.string ?? "", policies: results,
            baseline: options.baseline ?? results.first?.policy, fixedLine: fixed, yardsticks: yardsticks,
            isOneWorkload: subject.isOneWorkload, goal: goal)
    }

    private var objective: Objective { goal.map { .goal($0) } ?? .reward }

    /// Each operators' rule with the parameters that did best, on seeds that the comparison does not use.
    private func tuned(_ policies: [any FarmPolicy]) throws -> [any FarmPolicy] {
        let far = options.seed &+ 1_000_000_007
        let evaluator = Evaluator(
            runner, firstSeed: far, episodes: min(episodes, 30), objective: objective, team: team)
        return try policies.map { policy in
            let name = String(policy.name.prefix { $0 != ":" })
            guard PolicyList.tuned.contains(name) else { return policy }
            let candidates = try PolicyCatalogue.tunings(of: name, in: runner.scenario).map { text in
                try PolicyCatalogue.policy(text)
            }
            let bar = ProgressBar("tuning \(name)", unit: "episodes")
            guard let best = try evaluator.best(of: candidates + [policy], progress: bar.update) else { return policy }
            if let goal, best.standing != .kept { tell(name, best, goal) }
            return best.policy
        }
    }

    private func tell(_ name: String, _ best: Evaluator.Choice, _ goal: Goal) {
        let text =
            "tuning \(name): no parameters surely keep \(goal) on the tuning seeds; \(best.policy.name) comes nearest\n"
        FileHandle.standardError.write(Data(text.utf8))
    }

    private func fixedLine() -> [String] {
        let bounds = runner.scenario.workers
        let least = max(bounds.min, 1)
        let stride = max(1, (bounds.max - least + ComparisonRuns.lineLength - 1) / ComparisonRuns.lineLength)
        // Fine around what the work needs, coarse elsewhere.
        let need = Int((runner.scenario.referenceRate * runner.scenario.service.mean).rounded())
        let near = (need - 2...need + 12).filter { (least...bounds.max).contains($0) }
        let coarse = Swift.stride(from: least, through: bounds.max, by: stride)
        return Set(near + Array(coarse) + [bounds.max]).sorted().map { "static:\($0)" }
    }

    private func mean(_ result: PolicyResult) -> Double {
        result.episodes.reduce(0) { $0 + $1.workerSeconds } / Double(max(result.episodes.count, 1))
    }
}
