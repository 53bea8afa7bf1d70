import FarmEnvironments
import Pages

/// A suite as JSON for programs. Keys are only ever added; all numbers are finite, QoS is a fraction.
public enum SuiteJSON {
    /// One object, with a line end after it. What a policy has no value for has no key.
    public static func text(_ comparison: SuiteComparison) -> String {
        let result = comparison.result
        let prices: [(String, JSONText)] = [
            ("miss", .number(result.reward.miss)), ("cost", .number(result.reward.cost)),
        ]
        let totals = comparison.totals.map { total in
            JSONText.object(
                [("policy", .string(total.asked))]
                    + entries([("ratio", total.ratio), ("in_sample_ratio", total.inSampleRatio)]))
        }
        return JSONText.object([
            ("seed", .integer(result.seed)), ("seconds", .number(result.seconds)), ("reward", .object(prices)),
            ("goal", result.goal.map { .string($0.text) } ?? .null), ("policies", .list(totals)),
            ("loads", .list(comparison.loads.map(load))),
        ]).text + "\n"
    }

    private static func load(_ load: SuiteComparison.Load) -> JSONText {
        let result = load.result
        let heading: [(String, JSONText)] = [
            ("load", .string(result.load)), ("tuning", .string(result.tuning)),
            ("tests", .list(result.segments.map { .string($0.scenario) })), ("episodes", .integer(result.rounds)),
            ("best_rule", load.reference.map { .string($0.asked) } ?? .null),
        ]
        let unavoidable: [(String, JSONText)] = load.unavoidable.map { [("unavoidable_misses", .number($0))] } ?? []
        return .object(
            heading + unavoidable + [
                ("policies", .list(load.policies.compactMap(\.self).map(row))),
                ("yardsticks", .list(load.yardsticks.map(row))),
            ])
    }

    private static func row(_ row: SuiteComparison.Row) -> JSONText {
        let shares = [("to_true_counts", row.toTrueCounts), ("to_hindsight", row.toHindsight)]
        return .object(
            [("policy", .string(row.asked)), ("played", .string(row.played)), ("cost", JSONReport.full(row.cost))]
                + entries([("ratio", row.ratio), ("in_sample_ratio", row.inSampleRatio)])
                + shares.compactMap { name, share in share.map { (name, .number($0)) } }
                + (row.standing.map { [("goal", .string($0.rawValue))] } ?? [])
                + Metric.allCases.map { ($0.name, JSONReport.full(row.metrics[$0])) })
    }

    private static func entries(_ intervals: [(String, Interval?)]) -> [(String, JSONText)] {
        intervals.compactMap { name, interval in interval.map { (name, JSONReport.full($0)) } }
    }
}

/// The episodes of a suite, one row an episode, segment and policy, for whoever wants other statistics.
public enum SuiteCSV {
    /// The header line and the rows, each with a line end.
    public static func text(_ result: SuiteResult) -> String {
        var rows = [["load", "segment", "group", "policy", "played", "seed", "cost"] + Metric.allCases.map(\.name)]
        for load in result.loads {
            let groups =
                load.entries.map { ("policy", $0) }
                + [load.inSample, load.trueCounts, load.hindsight].compactMap(\.self).map { ("yardstick", $0) }
            for (group, entry) in groups where entry.refusal == nil {
                for (segment, played) in zip(load.segments, entry.segments) {
                    rows += played.episodes.map { episode in
                        let cost = segment.scale.map { 0 - episode.reward * $0 } ?? episode.workerSeconds
                        return [
                            load.load, segment.scenario, group, entry.asked, entry.played, String(episode.seed),
                            String(cost),
                        ] + Metric.allCases.map { String(episode[$0]) }
                    }
                }
            }
        }
        return rows.map { $0.map(CSVReport.field).joined(separator: ",") + "\n" }.joined()
    }
}
