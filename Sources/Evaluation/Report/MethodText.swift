import FarmEnvironments
import Gymnasium

/// Sentences that say how a comparison was made.
enum MethodText {
    /// What was played, whether it happened, how often: "demo@1, simulated, 20 episodes, seeds 1 to 20".
    static func heading(_ result: EvaluationResult) -> String {
        "\(result.scenario), \(result.provenance), \(episodes(result)), \(seeds(result.seeds))"
    }

    /// Sample size and seeds.
    static func sample(_ comparison: Comparison) -> String {
        let result = comparison.result
        let turns = result.provenance.isLive ? ", in turns on one farm" : ""
        return
            "\(result.provenance): \(episodes(result)) of each policy, \(seeds(result.seeds)), the same for all\(turns); "
            + "action \(result.action)"
    }

    private static func episodes(_ result: EvaluationResult) -> String {
        if result.episodes == 1 { return "1 episode" }
        return result.isOneWorkload
            ? "\(result.episodes) repetitions of one workload" : "\(result.episodes) episodes"
    }

    /// "seed 7", "seeds 7 to 9", or the first of those that do not follow each other.
    static func seeds(_ seeds: [UInt64]) -> String {
        guard let first = seeds.first, let last = seeds.last else { return "no seeds" }
        guard seeds.count > 1 else { return "seed \(first)" }
        if zip(seeds, seeds.dropFirst()).allSatisfy({ $0 < $1 && $1 - $0 == 1 }) { return "seeds \(first) to \(last)" }
        let shown = seeds.prefix(8).map(String.init).joined(separator: ", ")
        return "seeds \(shown)" + (seeds.count > 8 ? " … \(last)" : "")
    }

    /// The method of the intervals.
    static func intervals(_ comparison: Comparison) -> String {
        guard comparison.hasIntervals else {
            return comparison.result.isOneWorkload
                ? "no intervals: every episode has the same tasks, and repeating them tells nothing of others"
                : "a single episode has no interval: run more to compare policies"
        }
        return "95 % intervals: BCa bootstrap, small-sample expansion, "
            + "\(comparison.resamples) resamples of episodes, drawn jointly over policies"
    }

    /// What a paired difference is.
    static func differences(_ baseline: String) -> String {
        "differences: policy minus \(baseline), seed by seed"
    }

    static let overFixedLine =
        "under the fixed line: worker-seconds saved against a fixed number of workers (or a mixture of two) at the same QoS; "
        + "none where that line does not reach"

    static let lowerBound = "-: what the lower bound, a relaxed problem, has no value for"

    /// What a goal and the yardsticks are.
    static func yardsticks(_ comparison: Comparison) -> [String] {
        var lines: [String] = []
        if let goal = comparison.result.goal {
            lines.append(
                "goal \(goal): kept where all of the mean's 95 % interval keeps it, missed where none does; by cost")
            if !comparison.byGoal.contains(where: { $0.standing == .kept }) {
                lines.append("nothing here surely keeps it; the highest fixed numbers tell what can be had at all")
            }
            if comparison.hindsight != nil {
                lines.append(
                    "hindsight keeps it in each single episode, if any plan tried does; "
                        + "a policy that keeps it on average only may pay less")
            }
        } else if comparison.hindsight != nil || comparison.trueCounts != nil || comparison.lowerBound != nil {
            lines.append(
                "reward to hindsight, to true counts, to bound: the yardstick's reward minus the policy's, seed by seed"
            )
        }
        return lines
    }
}

extension MethodText {
    /// What the metrics mean.
    static let metrics = [
        "QoS: tasks done by their deadline over all tasks emitted, the unfinished counted as missed; "
            + "paper QoS: over the tasks collected after a drain of 8 s",
        "paid workers: paid worker-time, from the scale request to the worker's exit, over episode time; "
            + "paper workers: mean of the observed number over steps",
        "response time: from generation to collection, in the scenario's seconds",
    ]
}
