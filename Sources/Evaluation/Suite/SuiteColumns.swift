import FarmEnvironments
import Pages

/// The columns of a load's table in a suite's reports.
struct SuiteColumns {
    /// A column: its heading, and a row's cell with its decimals; nil where the row has none.
    struct Column {
        let title: String
        let decimals: Int
        let factor: Double
        /// Whether less is better than 1, so that a cell can be told good or bad.
        let isRatio: Bool
        let value: (SuiteComparison.Row) -> Interval?
    }

    let columns: [Column]
    let hasGoal: Bool

    /// Those that a load has something for.
    init(_ load: SuiteComparison.Load) {
        hasGoal = load.result.goal != nil
        let rows = load.policies.compactMap(\.self) + load.yardsticks
        func metric(_ metric: Metric, _ decimals: Int) -> Column {
            let text = MetricText(metric)
            return Column(title: text.title, decimals: decimals, factor: text.factor, isRatio: false) {
                $0.metrics[metric]
            }
        }
        func share(_ title: String, _ value: @escaping (SuiteComparison.Row) -> Double?) -> Column {
            Column(title: title, decimals: 0, factor: 100, isRatio: false) { row in
                value(row).map { Interval(mean: $0, low: $0, high: $0, sd: 0) }
            }
        }
        let all = [
            metric(.qos, 2), metric(.meanWorkers, 2),
            Column(title: hasGoal ? "cost (worker-s)" : "cost", decimals: 0, factor: 1, isRatio: false) { $0.cost },
            Column(title: "× best rule", decimals: 3, factor: 1, isRatio: true) { $0.ratio },
            Column(title: "× in-sample", decimals: 3, factor: 1, isRatio: true) { $0.inSampleRatio },
            share("to true counts (%)") { $0.toTrueCounts }, share("to hindsight (%)") { $0.toHindsight },
            metric(.responseTimeP95, 2), metric(.scalingActions, 0),
        ]
        columns = all.filter { column in rows.contains { column.value($0) != nil } }
    }

    /// What is counted how, in sentences; the last has the run's time.
    static func notes(_ comparison: SuiteComparison) -> [String] {
        let result = comparison.result
        var lines: [String] = []
        if let goal = result.goal {
            lines.append("goal \(goal); cost: paid worker-seconds of an episode, mean over the test segments")
        } else {
            lines.append(
                "cost of an episode: \(number(result.reward.miss)) a missed task and \(number(result.reward.cost)) a "
                    + "paid worker-second, in missed tasks; mean over the test segments")
        }
        lines += [
            "× best rule: cost over that of the best operators' rule, fixed numbers included, which is marked ◆; "
                + "parameters of all were chosen on the tuning segment, on seeds from "
                + "\(result.seed &+ SuiteRuns.tuningSeeds)",
            "the rule marked is the one that is best on the test segments, which flatters it",
        ]
        if comparison.loads.contains(where: { $0.result.inSample != nil }) {
            lines.append(
                "× in-sample: cost over that of the best operators' rule with parameters chosen on the test episodes "
                    + "themselves, which nobody can know beforehand")
        }
        let yardsticks = [
            ("true counts", comparison.loads.contains { $0.result.trueCounts != nil }),
            ("hindsight", comparison.loads.contains { $0.result.hindsight != nil }),
        ].filter(\.1).map(\.0)
        if !yardsticks.isEmpty {
            lines.append(
                "to \(yardsticks.joined(separator: ", to ")): the share of the gap between the best rule and it that a "
                    + "policy closes; 0 is the rule, below 0 is dearer than the rule")
        }
        lines += [
            "test seeds from \(result.seed); [low, high]: 95 % intervals, BCa bootstrap, \(comparison.resamples) "
                + "resamples of seeds, drawn jointly over policies; they tell of other seeds, not of other segments",
            "it took \(number((result.seconds * 10).rounded() / 10)) s",
        ]
        return lines
    }

    /// What a load's table is of.
    static func caption(_ load: SuiteComparison.Load) -> String {
        let result = load.result
        let segments = result.segments.map { "\($0.scenario) (\($0.windows) windows)" }.joined(separator: ", ")
        let unavoidable = load.unavoidable.map { "; unavoidable misses \(NumberText.fixed(100 * $0, 2)) %" } ?? ""
        return "tuned on \(result.tuning), tested on \(segments), \(result.rounds) seed\(result.rounds == 1 ? "" : "s")"
            + unavoidable
    }

    static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    }
}
