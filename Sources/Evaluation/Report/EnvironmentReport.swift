import Gymnasium
import Pages

/// What agents came to on an environment, as text, JSON and CSV.
public enum EnvironmentReport {
    /// A table with a line a policy: means with their 95 % intervals, and the worst episode.
    public static func table(_ result: EnvironmentResult) throws(EvaluationError) -> String {
        var rows = [["policy", "return", "lowest", "length"]]
        let means = try result.policies.map { policy throws(EvaluationError) in
            (returns: try policy.meanReturn, lengths: try policy.meanLength)
        }
        let several = result.episodes > 1
        let returns = IntervalForm(several ? means.map(\.returns) : [], MetricText(.reward))
        let lengths = IntervalForm(several ? means.map(\.lengths) : [], MetricText(.reward))
        for (policy, mean) in zip(result.policies, means) {
            rows.append([
                policy.policy, returns.cell(mean.returns), NumberText.fixed(policy.returns.min() ?? 0, 2),
                lengths.cell(mean.lengths),
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + space : space + row[column]
            }.joined(separator: "  ")
        }
        let heading = [
            result.environment, result.scenario, "\(result.provenance)",
            "\(result.episodes) episode\(result.episodes == 1 ? "" : "s"), seeds from \(result.seed)",
        ].compactMap(\.self).joined(separator: ", ")
        return ([heading, ""] + lines).joined(separator: "\n") + "\n"
    }

    /// One object: `environment`, `provenance`, `scenario` (of a farm), `backend` and `speed` (of a live one), `episodes`,
    /// `seed`, and `policies`, each with `return` and `length` as `{mean, low, high, sd}`. Keys are only ever added.
    public static func json(_ result: EnvironmentResult) throws(EvaluationError) -> String {
        var policies: [JSONText] = []
        for policy in result.policies {
            policies.append(
                .object([
                    ("policy", .string(policy.policy)), ("return", JSONReport.full(try policy.meanReturn)),
                    ("length", JSONReport.full(try policy.meanLength)),
                ]))
        }
        let heading: [(String, JSONText)] = [
            ("environment", .string(result.environment)), ("provenance", .string(result.provenance.name)),
            ("scenario", result.scenario.map { .string($0) } ?? .null),
        ]
        let rest: [(String, JSONText)] = [
            ("episodes", .integer(result.episodes)), ("seed", .integer(result.seed)),
            ("policies", .list(policies)),
        ]
        return JSONText.object(heading + JSONReport.place(result.provenance) + rest).text + "\n"
    }

    /// A row for each episode.
    public static func csv(_ result: EnvironmentResult) -> String {
        var text = "policy,seed,return,length,provenance\n"
        for policy in result.policies {
            let name = "\"\(policy.policy.replacing("\"", with: "\"\""))\""
            for index in policy.returns.indices {
                text += "\(name),\(result.seed &+ UInt64(index)),\(policy.returns[index]),\(policy.lengths[index]),"
                text += "\(result.provenance.name)\n"
            }
        }
        return text
    }
}
