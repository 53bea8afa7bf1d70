import Pages

/// A comparison as text for a terminal.
///
/// A table of means with their intervals, one row a policy; the paired differences with their intervals;
/// distances to the fixed line and the yardsticks; then seeds, sample size and method.
public struct TextTable: Sendable {
    /// The metrics of the table of means where nothing else is said.
    public static let usualMetrics: [Metric] = [
        .qos, .paperQoS, .meanWorkers, .meanReady, .maxWorkers, .scalingActions, .responseTimeP95, .queue, .reward,
    ]
    /// The metrics of the table of differences where nothing else is said.
    public static let usualDifferences: [Metric] = [.qos, .meanWorkers, .responseTimeP95, .reward]

    private let metrics: [MetricText]
    private let differences: [MetricText]
    private let width: Int

    /// A table of certain metrics.
    ///
    /// - Parameter width: characters of a line; a wider table goes on below itself. nil: lines are as long as they are.
    public init(metrics: [Metric] = usualMetrics, differences: [Metric] = usualDifferences, width: Int? = nil) {
        self.metrics = metrics.map(MetricText.init)
        self.differences = differences.map(MetricText.init)
        self.width = width ?? .max
    }

    /// The text, with a line end after it.
    public func text(_ comparison: Comparison) -> String {
        let parts = [
            TextTable.oneLine(MethodText.heading(comparison.result)), means(comparison), goal(comparison),
            paired(comparison), distances(comparison), notes(comparison),
        ]
        return parts.compactMap(\.self).joined(separator: "\n\n") + "\n"
    }

    private func means(_ comparison: Comparison) -> String {
        let shown = metrics.filter { comparison.result.measured.contains($0.metric) }
        let yardsticks = [comparison.hindsight, comparison.trueCounts].compactMap(\.self)
        let rows = comparison.policies + comparison.fixedLine + yardsticks
        let forms = shown.map { text in
            IntervalForm(comparison.hasIntervals ? rows.map { $0.metrics[text.metric] } : [], text)
        }
        func row(_ summary: PolicySummary, _ name: String, told: (Metric) -> Bool = { _ in true }) -> [String] {
            [name] + forms.map { told($0.text.metric) ? $0.cell(summary.metrics[$0.text.metric]) : "-" }
        }
        let groups = [
            comparison.policies.map { row($0, $0.policy) }, comparison.fixedLine.map { row($0, $0.policy) },
            [
                comparison.hindsight.map { row($0, "hindsight") },
                comparison.trueCounts.map { row($0, "true counts") },
                comparison.lowerBound.map { row($0, "lower bound", told: LowerBound.told.contains) },
            ].compactMap(\.self),
        ]
        return aligned(["policy"] + shown.map(\.title), groups)
    }

    private func goal(_ comparison: Comparison) -> String? {
        guard let goal = comparison.result.goal else { return nil }
        let rows = comparison.byGoal
        let forms = [goal.metric, .workerSeconds].map { metric in
            IntervalForm(comparison.hasIntervals ? rows.map { $0.metrics[metric] } : [], MetricText(metric))
        }
        let cells = rows.map { summary in
            [summary.policy, summary.standing?.rawValue ?? "-"]
                + forms.map { $0.cell(summary.metrics[$0.text.metric]) }
        }
        return aligned(["goal \(goal)", "goal is"] + forms.map(\.text.title), [cells])
    }

    private func distances(_ comparison: Comparison) -> String? {
        let columns = DistanceColumn.all(of: comparison)
        guard !columns.isEmpty else { return nil }
        let rows = comparison.policies.map { summary in
            [summary.policy]
                + columns.map { column in
                    let isMarked = column.isSaving
                    guard let interval = column.value(summary) else { return isMarked ? "- " : "-" }
                    guard comparison.hasIntervals else {
                        return NumberText.fixed(interval.mean, column.decimals, signed: isMarked)
                    }
                    let mark = isMarked ? (interval.excludesZero ? "*" : " ") : ""
                    return TextTable.ends(interval, column.decimals, signed: isMarked) + mark
                }
        }
        return aligned(["distance"] + columns.map(\.title), [rows])
    }

    private func paired(_ comparison: Comparison) -> String? {
        guard let baseline = comparison.result.baseline else { return nil }
        let shown = differences.filter { comparison.result.measured.contains($0.metric) }
        let rows = comparison.policies.compactMap { summary in
            summary.difference.map { difference in
                [summary.policy]
                    + shown.map { TextTable.difference(difference[$0.metric], $0, comparison.hasIntervals) }
            }
        }
        guard !rows.isEmpty else { return nil }
        return aligned(["minus \(baseline)"] + shown.map(\.differenceTitle), [rows])
    }

    private func notes(_ comparison: Comparison) -> String {
        var lines = [MethodText.sample(comparison), MethodText.intervals(comparison)]
        if comparison.hasIntervals {
            lines.append("±: half of the interval's width; [low, high]: its ends, where it reaches further one way")
        }
        if comparison.policies.contains(where: { $0.difference != nil }), let baseline = comparison.result.baseline {
            lines.append(MethodText.differences(baseline))
        }
        if comparison.policies.contains(where: { $0.overFixedLine != nil }) { lines.append(MethodText.overFixedLine) }
        lines += MethodText.yardsticks(comparison)
        if comparison.hasIntervals,
            comparison.policies.contains(where: { $0.difference != nil || $0.overFixedLine != nil })
        {
            lines.append("*: the interval excludes zero")
        }
        if comparison.lowerBound != nil { lines.append(MethodText.lowerBound) }
        lines += comparison.result.notes.map { "the farm says: \($0)" }
        return lines.map(TextTable.oneLine).joined(separator: "\n")
    }

    private static func difference(
        _ difference: PairedDifference, _ metric: MetricText, _ hasIntervals: Bool
    ) -> String {
        let interval = difference.interval.scaled(by: metric.factor)
        guard hasIntervals else { return NumberText.fixed(interval.mean, metric.decimals, signed: true) }
        return ends(interval, metric.decimals, signed: true) + (difference.excludesZero ? "*" : " ")
    }

    static func ends(_ interval: Interval, _ decimals: Int, signed: Bool = false) -> String {
        let numbers = [interval.mean, interval.low, interval.high].map {
            NumberText.fixed($0, decimals, signed: signed)
        }
        return "\(numbers[0]) [\(numbers[1]), \(numbers[2])]"
    }

    /// Columns two spaces apart, the first one to the left, the others to the right; an empty line between groups. What does
    /// not fit into the width goes on below, with the first column again.
    public func aligned(_ head: [String], _ groups: [[[String]]]) -> String {
        let groups = groups.filter { !$0.isEmpty }.map { $0.map { $0.map(TextTable.oneLine) } }
        let head = head.map(TextTable.oneLine)
        let widths = head.indices.map { column in
            ([head] + groups.joined()).map { $0[column].count }.max() ?? 0
        }
        var blocks: [[Int]] = []
        var used = Int.max
        for column in head.indices.dropFirst() {
            if used > width - 2 - widths[column] {
                blocks.append([0])
                used = widths[0]
            }
            blocks[blocks.count - 1].append(column)
            used += 2 + widths[column]
        }
        func line(_ row: [String], _ columns: [Int]) -> String {
            let cells = columns.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + space : space + row[column]
            }
            var text = cells.joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            return text
        }
        return blocks.map { columns in
            let rule = columns.map { String(repeating: "─", count: widths[$0]) }.joined(separator: "  ")
            let body = groups.map { $0.map { line($0, columns) }.joined(separator: "\n") }
            return ([line(head, columns), rule] + [body.joined(separator: "\n\n")]).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    /// Names come from elsewhere: no line ends and terminal controls in a table.
    static func oneLine(_ text: String) -> String {
        String(text.map { $0.unicodeScalars.contains { $0.properties.generalCategory == .control } ? "\u{FFFD}" : $0 })
    }
}
