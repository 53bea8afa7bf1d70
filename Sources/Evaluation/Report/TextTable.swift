/// A comparison as text for a terminal.
///
/// A table of means with half the width of their intervals, one row a policy; the paired differences with their intervals;
/// distances to the fixed line and the yardsticks; then seeds, sample size and method.
public struct TextTable: Sendable {
    /// The metrics of the table of means where nothing else is said.
    public static let usualMetrics: [Metric] = [
        .qos, .meanWorkers, .maxWorkers, .scalingActions, .responseTimeP95, .queue, .reward,
    ]
    /// The metrics of the table of differences where nothing else is said.
    public static let usualDifferences: [Metric] = [.qos, .meanWorkers, .responseTimeP95, .reward]

    private let metrics: [MetricText]
    private let differences: [MetricText]

    /// A table of certain metrics.
    public init(metrics: [Metric] = usualMetrics, differences: [Metric] = usualDifferences) {
        self.metrics = metrics.map(MetricText.init)
        self.differences = differences.map(MetricText.init)
    }

    /// The text, with a line end after it.
    public func text(_ comparison: Comparison) -> String {
        let parts = [
            TextTable.oneLine(comparison.result.scenario), means(comparison), paired(comparison), distances(comparison),
            notes(comparison),
        ]
        return parts.compactMap(\.self).joined(separator: "\n\n") + "\n"
    }

    private func means(_ comparison: Comparison) -> String {
        func row(_ summary: PolicySummary, _ name: String) -> [String] {
            [name] + metrics.map { TextTable.mean(summary.metrics[$0.metric], $0, comparison.result.episodes) }
        }
        let yardsticks = [("hindsight", comparison.hindsight), ("lower bound", comparison.lowerBound)]
        let groups = [
            comparison.policies.map { row($0, $0.policy) }, comparison.fixedLine.map { row($0, $0.policy) },
            yardsticks.compactMap { name, summary in summary.map { row($0, name) } },
        ]
        return TextTable.aligned(["policy"] + metrics.map(\.title), groups)
    }

    private func distances(_ comparison: Comparison) -> String? {
        let columns: [(String, Int, Bool, (PolicySummary) -> Interval?)] = [
            ("under fixed line (%)", 1, true, { $0.overFixedLine }),
            ("reward to hindsight", 2, false, { $0.toHindsight }),
            ("reward to bound", 2, false, { $0.toLowerBound }),
        ].filter { column in comparison.policies.contains { column.3($0) != nil } }
        guard !columns.isEmpty else { return nil }
        let rows = comparison.policies.map { summary in
            [summary.policy]
                + columns.map { _, decimals, marked, value in
                    guard let interval = value(summary) else { return marked ? "- " : "-" }
                    let mark = marked ? (interval.excludesZero ? "*" : " ") : ""
                    return TextTable.ends(interval, decimals, signed: marked) + mark
                }
        }
        return TextTable.aligned(["distance"] + columns.map(\.0), [rows])
    }

    private func paired(_ comparison: Comparison) -> String? {
        guard let baseline = comparison.result.baseline else { return nil }
        let rows = comparison.policies.compactMap { summary in
            summary.difference.map { difference in
                [summary.policy]
                    + differences.map { TextTable.difference(difference[$0.metric], $0) }
            }
        }
        guard !rows.isEmpty else { return nil }
        return TextTable.aligned(["minus \(baseline)"] + differences.map(\.differenceTitle), [rows])
    }

    private func notes(_ comparison: Comparison) -> String {
        var lines = [MethodText.sample(comparison), MethodText.intervals(comparison)]
        if comparison.result.episodes > 1 { lines.append("±: half of the interval's width") }
        if comparison.policies.contains(where: { $0.difference != nil }), let baseline = comparison.result.baseline {
            lines.append(MethodText.differences(baseline))
        }
        if comparison.policies.contains(where: { $0.overFixedLine != nil }) { lines.append(MethodText.overFixedLine) }
        if comparison.hindsight != nil || comparison.lowerBound != nil { lines.append(MethodText.yardsticks) }
        if comparison.policies.contains(where: { $0.difference != nil || $0.overFixedLine != nil }) {
            lines.append("*: the interval excludes zero")
        }
        return lines.map(TextTable.oneLine).joined(separator: "\n")
    }

    private static func mean(_ interval: Interval, _ metric: MetricText, _ episodes: Int) -> String {
        metric.text(interval.mean) + (episodes > 1 ? " ± " + metric.text(interval.halfWidth) : "")
    }

    private static func difference(_ difference: PairedDifference, _ metric: MetricText) -> String {
        ends(difference.interval.scaled(by: metric.factor), metric.decimals, signed: true)
            + (difference.excludesZero ? "*" : " ")
    }

    private static func ends(_ interval: Interval, _ decimals: Int, signed: Bool = false) -> String {
        let numbers = [interval.mean, interval.low, interval.high].map {
            NumberText.fixed($0, decimals, signed: signed)
        }
        return "\(numbers[0]) [\(numbers[1]), \(numbers[2])]"
    }

    /// Columns two spaces apart, the first one to the left, the others to the right; an empty line between groups.
    private static func aligned(_ head: [String], _ groups: [[[String]]]) -> String {
        let groups = groups.filter { !$0.isEmpty }.map { $0.map { $0.map(oneLine) } }
        let head = head.map(oneLine)
        let widths = head.indices.map { column in
            ([head] + groups.joined()).map { $0[column].count }.max() ?? 0
        }
        func line(_ row: [String]) -> String {
            let cells = row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + space : space + row[column]
            }
            var text = cells.joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            return text
        }
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
        return ([line(head), rule] + [groups.map { $0.map(line).joined(separator: "\n") }.joined(separator: "\n\n")])
            .joined(separator: "\n")
    }

    /// Names come from elsewhere: no line ends and terminal controls in a table.
    private static func oneLine(_ text: String) -> String {
        String(text.map { $0.unicodeScalars.contains { $0.properties.generalCategory == .control } ? "\u{FFFD}" : $0 })
    }
}
