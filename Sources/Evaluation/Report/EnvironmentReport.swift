/// What agents came to on an environment, as text, JSON and CSV.
public enum EnvironmentReport {
    /// A table with a line a policy: means with half the width of their 95 % intervals, and the worst episode.
    public static func table(_ result: EnvironmentResult) throws(EvaluationError) -> String {
        var rows = [["policy", "return", "lowest", "length"]]
        for policy in result.policies {
            let (returns, lengths) = (try policy.meanReturn, try policy.meanLength)
            rows.append([
                policy.policy, text(returns), NumberText.fixed(policy.returns.min() ?? 0, 2), text(lengths),
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + space : space + row[column]
            }.joined(separator: "  ")
        }
        let heading = "\(result.environment), \(result.episodes) episodes, seeds from \(result.seed)"
        return ([heading, ""] + lines).joined(separator: "\n") + "\n"
    }

    /// One object: `environment`, `episodes`, `seed`, and `policies`, each with `return` and `length` as
    /// `{mean, low, high, sd}`. Keys are only ever added.
    public static func json(_ result: EnvironmentResult) throws(EvaluationError) -> String {
        var policies: [JSONText] = []
        for policy in result.policies {
            policies.append(
                .object([
                    ("policy", .string(policy.policy)), ("return", JSONReport.full(try policy.meanReturn)),
                    ("length", JSONReport.full(try policy.meanLength)),
                ]))
        }
        return JSONText.object([
            ("environment", .string(result.environment)), ("episodes", .integer(UInt64(result.episodes))),
            ("seed", .integer(result.seed)), ("policies", .list(policies)),
        ]).text + "\n"
    }

    /// A row for each episode.
    public static func csv(_ result: EnvironmentResult) -> String {
        var text = "policy,seed,return,length\n"
        for policy in result.policies {
            let name = "\"\(policy.policy.replacing("\"", with: "\"\""))\""
            for index in policy.returns.indices {
                text += "\(name),\(result.seed &+ UInt64(index)),\(policy.returns[index]),\(policy.lengths[index])\n"
            }
        }
        return text
    }

    private static func text(_ interval: Interval) -> String {
        "\(NumberText.fixed(interval.mean, 2)) ± \(NumberText.fixed(interval.halfWidth, 2))"
    }
}
