import Pages

/// A suite as text for a terminal: the cost ratios of all loads in one table, then a table a load, then how it was done.
public struct SuiteText: Sendable {
    private let width: Int?

    /// - Parameter width: characters of a line; a wider table goes on below itself. nil: lines are as long as they are.
    public init(width: Int? = nil) { self.width = width }

    /// The text, with a line end after it.
    public func text(_ comparison: SuiteComparison) -> String {
        var parts = [totals("× best rule", comparison, { $0.ratio }, { $0.ratio })]
        if comparison.loads.contains(where: { $0.result.inSample != nil }) {
            parts.append(totals("× in-sample", comparison, { $0.inSampleRatio }, { $0.inSampleRatio }))
        }
        for load in comparison.loads {
            let heading = "\(load.result.load): \(load.result.summary)"
            parts.append([heading, SuiteColumns.caption(load)].map(TextTable.oneLine).joined(separator: "\n"))
            parts.append(table(load))
        }
        parts.append(SuiteColumns.notes(comparison).map(TextTable.oneLine).joined(separator: "\n"))
        return parts.joined(separator: "\n\n") + "\n"
    }

    private func totals(
        _ title: String, _ comparison: SuiteComparison, _ ratio: (SuiteComparison.Row) -> Interval?,
        _ total: (SuiteComparison.Total) -> Interval?
    ) -> String {
        let head = [title, "all loads"] + comparison.loads.map(\.result.load)
        let rows = comparison.totals.enumerated().map { index, policy in
            [policy.asked, total(policy).map { SuiteText.cell($0, 3) } ?? "-"]
                + comparison.loads.map { load in
                    load.policies[index].flatMap(ratio).map { NumberText.fixed($0.mean, 3) } ?? "-"
                }
        }
        return TextTable(width: width).aligned(head, [rows])
    }

    private func table(_ load: SuiteComparison.Load) -> String {
        let columns = SuiteColumns(load)
        func row(_ row: SuiteComparison.Row) -> [String] {
            let isReference = row.asked == load.reference?.asked
            let name = row.asked == "best in-sample" ? "best in-sample: \(row.played)" : row.played
            return [(isReference ? "◆ " : "  ") + name]
                + (columns.hasGoal ? [row.standing?.rawValue ?? "-"] : [])
                + columns.columns.map { column in
                    guard let value = column.value(row)?.scaled(by: column.factor) else { return "-" }
                    return column.isRatio
                        ? SuiteText.cell(value, column.decimals) : NumberText.fixed(value.mean, column.decimals)
                }
        }
        return TextTable(width: width).aligned(
            ["policy"] + (columns.hasGoal ? ["goal is"] : []) + columns.columns.map(\.title),
            [load.policies.compactMap(\.self).map(row), load.yardsticks.map(row)])
    }

    /// With its ends, where it has some.
    private static func cell(_ interval: Interval, _ decimals: Int) -> String {
        guard interval.low < interval.high else { return NumberText.fixed(interval.mean, decimals) }
        return TextTable.ends(interval, decimals)
    }
}
