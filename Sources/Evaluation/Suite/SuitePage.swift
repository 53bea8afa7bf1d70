import Pages

/// A suite as one self-contained page: the cost ratios of all loads, then a table a load, then how it was done.
public enum SuitePage {
    /// The page, with a line end after it.
    public static func text(_ comparison: SuiteComparison) -> String {
        let loads = comparison.loads
        var sections = [
            Page.section(
                "Cost over the best tuned rule",
                "1 is the best operators' rule with parameters chosen on other data of the same load; less is cheaper. "
                    + "All loads: the geometric mean.",
                [totals(comparison, { $0.ratio }, { $0.ratio })])
        ]
        if loads.contains(where: { $0.result.inSample != nil }) {
            sections.append(
                Page.section(
                    "Cost over the best rule in sample",
                    "1 is the best operators' rule with parameters chosen on the test episodes themselves.",
                    [totals(comparison, { $0.inSampleRatio }, { $0.inSampleRatio })]))
        }
        for load in loads {
            sections.append(
                Page.section(
                    "\(load.result.load): \(load.result.summary)", SuiteColumns.caption(load) + ".", [table(load)]))
        }
        let notes = SuiteColumns.notes(comparison).map { Markup.element("li", text: $0) }
        sections.append(Page.section("How this was done", nil, [.element("ul", ["class": "notes"], notes)]))
        let names = loads.map(\.result.load).joined(separator: ", ")
        return Page(
            title: "Suite: \(comparison.totals.count) policies on \(loads.count) loads", heading: "Suite",
            subtitle: "\(comparison.totals.count) policies, simulated, on \(names).", styles: [ReportStyle.sheet],
            sections: sections
        ).text
    }

    private static func totals(
        _ comparison: SuiteComparison, _ ratio: (SuiteComparison.Row) -> Interval?,
        _ total: (SuiteComparison.Total) -> Interval?
    ) -> Markup {
        let rows = comparison.totals.enumerated().map { index, policy in
            Markup.element(
                "tr", [:],
                [.element("th", ["scope": "row"], text: policy.asked), cell(total(policy), 3, isRatio: true)]
                    + comparison.loads.map { cell($0.policies[index].flatMap(ratio), 3, isRatio: true) })
        }
        return table(["policy", "all loads"] + comparison.loads.map(\.result.load), [rows])
    }

    private static func table(_ load: SuiteComparison.Load) -> Markup {
        let columns = SuiteColumns(load)
        func row(_ row: SuiteComparison.Row) -> Markup {
            let badge =
                row.asked == load.reference?.asked
                ? [Markup.element("span", ["class": "badge"], text: "best rule")] : []
            let name = row.asked == "best in-sample" ? "best in-sample: \(row.played)" : row.played
            let standing =
                columns.hasGoal ? [Markup.element("td", text: row.standing?.rawValue ?? "–")] : []
            return .element(
                "tr", [:],
                [.element("th", ["scope": "row"], [.element("span", text: name)] + badge)] + standing
                    + columns.columns.map { column in
                        cell(
                            column.value(row)?.scaled(by: column.factor), column.decimals, isRatio: column.isRatio)
                    })
        }
        return table(
            ["policy"] + (columns.hasGoal ? ["goal is"] : []) + columns.columns.map(\.title),
            [load.policies.compactMap(\.self).map(row), load.yardsticks.map(row)])
    }

    private static func table(_ head: [String], _ groups: [[Markup]]) -> Markup {
        let heading = Markup.element("tr", [:], head.map { .element("th", ["scope": "col"], text: $0) })
        let bodies = groups.filter { !$0.isEmpty }.map { Markup.element("tbody", [:], $0) }
        let table = Markup.element("table", [:], [.element("thead", [:], [heading])] + bodies)
        return .element("div", ["class": "wide"], [table])
    }

    /// Green where all of a ratio's interval is below 1, red where all of it is above.
    private static func cell(_ interval: Interval?, _ decimals: Int, isRatio: Bool) -> Markup {
        guard let interval else { return .element("td", ["class": "none"], text: "–") }
        func text(_ value: Double) -> String { NumberText.fixed(value, decimals).replacing("-", with: "−") }
        let hasEnds = interval.low < interval.high
        let ends = hasEnds ? [Markup.element("small", text: "\(text(interval.low)) … \(text(interval.high))")] : []
        let verdict =
            !isRatio || !hasEnds ? "" : interval.high < 1 ? "clear better" : interval.low > 1 ? "clear worse" : ""
        return .element("td", ["class": verdict], [.element("b", text: text(interval.mean))] + ends)
    }
}
