import Gymnasium
import Pages

/// A comparison as JSON for programs. Keys are only ever added; all numbers are finite.
///
/// QoS is a fraction, times are seconds, `over_fixed_line` is percent. What a policy has no value for, such as the
/// baseline's `difference`, has no key.
public enum JSONReport {
    /// One object, with a line end after it.
    public static func text(_ comparison: Comparison) -> String {
        let result = comparison.result
        let heading: [(String, JSONText)] = [
            ("scenario", .string(result.scenario)), ("provenance", .string(result.provenance.name)),
        ]
        let rest: [(String, JSONText)] = [
            ("workloads", .integer(result.isOneWorkload ? 1 : result.episodes)),
            ("episodes", .integer(result.episodes)),
            ("seed", .integer(result.seed)),
            ("action", .string(result.action)),
            ("baseline", result.baseline.map { .string($0) } ?? .null),
            ("policies", .list(comparison.policies.map { policy($0, result.measured) })),
            ("fixed_line", .list(comparison.fixedLine.map { policy($0, result.measured) })),
            ("notes", .list(result.notes.map { .string($0) })),
        ]
        return JSONText.object(heading + place(result.provenance) + rest + goal(comparison)).text + "\n"
    }

    /// The goal, and the names of what is in its table, in the order of that.
    private static func goal(_ comparison: Comparison) -> [(String, JSONText)] {
        guard let goal = comparison.result.goal else { return [] }
        return [
            ("goal", .string(goal.text)), ("by_goal", .list(comparison.byGoal.map { .string($0.policy) })),
        ]
    }

    /// Of live farms, where and how fast.
    static func place(_ provenance: Provenance) -> [(String, JSONText)] {
        guard case .live(let backend, let speed) = provenance else { return [] }
        return [("backend", .string(backend)), ("speed", .number(speed))]
    }

    private static func policy(_ summary: PolicySummary, _ measured: [Metric]) -> JSONText {
        var entries: [(String, JSONText)] = [("policy", .string(summary.policy))]
        entries += measured.map { ($0.name, full(summary.metrics[$0])) }
        if let difference = summary.difference {
            entries.append(("difference", .object(measured.map { ($0.name, ends(difference[$0].interval)) })))
        }
        let distances = [
            ("over_fixed_line", summary.overFixedLine), ("to_hindsight", summary.toHindsight),
            ("to_true_counts", summary.toTrueCounts), ("to_lower_bound", summary.toLowerBound),
            ("over_hindsight", summary.overHindsight),
            ("over_lower_bound", summary.overLowerBound),
        ]
        if let standing = summary.standing { entries.append(("goal", .string(standing.rawValue))) }
        entries += distances.compactMap { name, interval in interval.map { (name, ends($0)) } }
        return .object(entries)
    }

    static func full(_ interval: Interval) -> JSONText {
        .object([
            ("mean", .number(interval.mean)), ("low", .number(interval.low)), ("high", .number(interval.high)),
            ("sd", .number(interval.sd)),
        ])
    }

    private static func ends(_ interval: Interval) -> JSONText {
        .object([("mean", .number(interval.mean)), ("low", .number(interval.low)), ("high", .number(interval.high))])
    }
}
