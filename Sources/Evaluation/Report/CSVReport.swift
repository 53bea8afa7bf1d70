import FarmEnvironments
import Gymnasium

/// The episodes themselves, one row an episode and policy, for whoever wants other statistics.
///
/// RFC 4180 with line feeds. `group` tells compared policies from the fixed line and the yardsticks; the other columns are
/// named as in ``JSONReport``, `provenance` last. Numbers have the shortest digits that give the same value back.
public enum CSVReport {
    /// The header line and the rows, each with a line end.
    public static func text(_ result: EvaluationResult) -> String {
        let head = ["group", "policy", "seed"] + result.measured.map(\.name) + ["provenance"]
        let yardsticks = [
            ("hindsight", result.yardsticks.hindsight), ("true_counts", result.yardsticks.trueCounts),
            ("lower_bound", result.yardsticks.lowerBound),
        ]
        let groups =
            result.policies.map { ("policy", $0) } + result.fixedLine.map { ("fixed_line", $0) }
            + yardsticks.compactMap { name, policy in policy.map { (name, $0) } }
        let rows = groups.flatMap { group, policy in
            policy.episodes.map { episode in
                [group, policy.policy, String(episode.seed)] + result.measured.map { value(of: $0, episode, group) }
                    + [result.provenance.name]
            }
        }
        return ([head] + rows).map { $0.map(field).joined(separator: ",") + "\n" }.joined()
    }

    /// Empty for what the lower bound has no value for.
    private static func value(of metric: Metric, _ episode: EpisodeResult, _ group: String) -> String {
        group == "lower_bound" && !LowerBound.told.contains(metric) ? "" : String(episode[metric])
    }

    static func field(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { ",\"\n\r".unicodeScalars.contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
