import Pages

/// The tables of an HTML report: means with their intervals, and paired differences.
struct HTMLTables {
    private let comparison: Comparison

    init(_ comparison: Comparison) {
        self.comparison = comparison
    }

    /// Metrics beside each other at most, so that a table fits into a page of 1,280 pixels: what is beyond an edge is not seen.
    private static let mostColumns = 7

    /// One row a policy, fixed number of workers and yardstick; several tables, one below the other, of many metrics.
    func means(of metrics: [Metric]) -> Markup {
        let metrics = metrics.filter { comparison.result.measured.contains($0) }
        let count = (metrics.count + HTMLTables.mostColumns - 1) / HTMLTables.mostColumns
        let size = count > 0 ? (metrics.count + count - 1) / count : 1
        return .all(
            stride(from: 0, to: metrics.count, by: size).map { first in
                part(metrics[first..<min(first + size, metrics.count)].map(MetricText.init))
            })
    }

    private func part(_ texts: [MetricText]) -> Markup {
        let policies = comparison.policies.enumerated().map { index, summary in
            row(name(index, summary), summary, texts)
        }
        let fixed = comparison.fixedLine.map { row(plain($0.policy), $0, texts) }
        let references = [
            comparison.hindsight.map { row(plain("hindsight"), $0, texts) },
            comparison.trueCounts.map { row(plain("true counts"), $0, texts) },
            comparison.lowerBound.map { row(plain("lower bound"), $0, texts, told: LowerBound.told.contains) },
        ].compactMap(\.self)
        return table(["policy"] + texts.map(\.title), [policies, fixed, references])
    }

    /// How far each policy is from the fixed line and the yardsticks; nil where there are none.
    var distancesTable: Markup? {
        let columns = DistanceColumn.all(of: comparison)
        guard !columns.isEmpty else { return nil }
        let rows = comparison.policies.enumerated().map { index, summary in
            let cells = columns.map { column in
                column.value(summary).map {
                    cell($0, decimals: column.decimals, verdict: column.isSaving ? verdict($0, .more) : "")
                } ?? HTMLTables.none
            }
            return Markup.element("tr", [:], [name(index, summary)] + cells)
        }
        return table(["policy"] + columns.map(\.title), [rows])
    }

    private static let none = Markup.element("td", ["class": "none"], text: "–")

    /// One row a policy but the baseline; nil where there is nothing to compare.
    func differences(of metrics: [Metric]) -> Markup? {
        let texts = metrics.filter { comparison.result.measured.contains($0) }.map(MetricText.init)
        let rows = comparison.policies.enumerated().compactMap { index, summary in
            summary.difference.map { difference in
                Markup.element("tr", [:], [name(index, summary)] + texts.map { cell(difference[$0.metric], $0) })
            }
        }
        guard let baseline = comparison.result.baseline, !rows.isEmpty else { return nil }
        return table(["minus \(baseline)"] + texts.map(\.differenceTitle), [rows])
    }

    /// Who keeps the goal, by cost; nil without a goal.
    var goal: Markup? {
        guard let goal = comparison.result.goal else { return nil }
        let texts = [goal.metric, .workerSeconds].map(MetricText.init)
        let rows = comparison.byGoal.map { summary in
            let cells = texts.map {
                cell(summary.metrics[$0.metric].scaled(by: $0.factor), decimals: $0.decimals, signed: false)
            }
            let verdict = summary.standing == .kept ? "clear better" : summary.standing == .missed ? "clear worse" : ""
            let standing = Markup.element("td", ["class": verdict], text: summary.standing?.rawValue ?? "–")
            return Markup.element("tr", [:], [plain(summary.policy), standing] + cells)
        }
        return table(["policy", "goal"] + texts.map(\.title), [rows])
    }

    private func table(_ head: [String], _ groups: [[Markup]]) -> Markup {
        let heading = Markup.element("tr", [:], head.map { .element("th", ["scope": "col"], text: $0) })
        let bodies = groups.filter { !$0.isEmpty }.map { Markup.element("tbody", [:], $0) }
        let table = Markup.element("table", [:], [.element("thead", [:], [heading])] + bodies)
        return .element("div", ["class": "wide"], [table])
    }

    private func row(
        _ name: Markup, _ summary: PolicySummary, _ texts: [MetricText], told: (Metric) -> Bool = { _ in true }
    ) -> Markup {
        let cells = texts.map { text in
            guard told(text.metric) else { return HTMLTables.none }
            return cell(
                summary.metrics[text.metric].scaled(by: text.factor), decimals: text.decimals, signed: false)
        }
        return .element("tr", [:], [name] + cells)
    }

    private func name(_ index: Int, _ summary: PolicySummary) -> Markup {
        let style = SeriesStyle(index: index)
        let isBaseline = summary.policy == comparison.result.baseline
        let badge = isBaseline ? [Markup.element("span", ["class": "badge"], text: "baseline")] : []
        return .element(
            "th", ["scope": "row", "class": "key k\(index)"],
            [style.sample, .element("span", text: summary.policy)] + badge)
    }

    private func plain(_ name: String) -> Markup { .element("th", ["scope": "row", "class": "plain"], text: name) }

    private func cell(_ difference: PairedDifference, _ text: MetricText) -> Markup {
        cell(
            difference.interval.scaled(by: text.factor), decimals: text.decimals,
            verdict: verdict(difference.interval, text.metric.preference))
    }

    /// "better" or "worse" where the interval excludes zero and one direction is wanted.
    private func verdict(_ interval: Interval, _ preference: Metric.Preference) -> String {
        guard comparison.hasIntervals, interval.excludesZero else { return "" }
        switch preference {
        case .neither: return "clear"
        case .more: return interval.mean > 0 ? "clear better" : "clear worse"
        case .less: return interval.mean < 0 ? "clear better" : "clear worse"
        }
    }

    private func cell(_ interval: Interval, decimals: Int, signed: Bool = true, verdict: String = "") -> Markup {
        func text(_ value: Double) -> String {
            NumberText.fixed(value, decimals, signed: signed).replacing("-", with: "−")
        }
        let ends =
            comparison.hasIntervals
            ? [Markup.element("small", text: "\(text(interval.low)) … \(text(interval.high))")] : []
        return .element("td", ["class": verdict], [.element("b", text: text(interval.mean))] + ends)
    }
}
