/// The tables of an HTML report: means with their intervals, and paired differences.
struct HTMLTables {
    private let comparison: Comparison

    init(_ comparison: Comparison) {
        self.comparison = comparison
    }

    /// One row a policy, fixed number of workers and yardstick.
    func means(of metrics: [Metric]) -> Markup {
        let texts = metrics.map(MetricText.init)
        let distances = distances
        let head = ["policy"] + texts.map(\.title) + distances.map(\.title)
        let policies = comparison.policies.enumerated().map { index, summary in
            row(name(index, summary), summary, texts, distances.map { $0.value(summary) })
        }
        let fixed = comparison.fixedLine.map { row(plain($0.policy), $0, texts, distances.map { _ in nil }) }
        let references = [("hindsight", comparison.hindsight), ("lower bound", comparison.lowerBound)].compactMap {
            name, summary in
            summary.map { row(plain(name), $0, texts, distances.map { _ in nil }) }
        }
        return table(head, [policies, fixed, references])
    }

    /// One row a policy but the baseline; nil where there is nothing to compare.
    func differences(of metrics: [Metric]) -> Markup? {
        let texts = metrics.map(MetricText.init)
        let rows = comparison.policies.enumerated().compactMap { index, summary in
            summary.difference.map { difference in
                Markup.element("tr", [:], [name(index, summary)] + texts.map { cell(difference[$0.metric], $0) })
            }
        }
        guard let baseline = comparison.result.baseline, !rows.isEmpty else { return nil }
        return table(["minus \(baseline)"] + texts.map(\.differenceTitle), [rows])
    }

    private typealias Distance = (title: String, value: (PolicySummary) -> Markup?)

    private var distances: [Distance] {
        var distances: [Distance] = []
        if comparison.policies.contains(where: { $0.overFixedLine != nil }) {
            distances.append(
                (
                    "under fixed line (%)",
                    { summary in
                        summary.overFixedLine.map { self.cell($0, decimals: 1, verdict: self.verdict($0, .more)) }
                    }
                ))
        }
        if comparison.hindsight != nil {
            distances.append(("reward to hindsight", { $0.toHindsight.map { self.cell($0, decimals: 2) } }))
        }
        if comparison.lowerBound != nil {
            distances.append(("reward to bound", { $0.toLowerBound.map { self.cell($0, decimals: 2) } }))
        }
        return distances
    }

    private func table(_ head: [String], _ groups: [[Markup]]) -> Markup {
        let heading = Markup.element("tr", [:], head.map { .element("th", ["scope": "col"], text: $0) })
        let bodies = groups.filter { !$0.isEmpty }.map { Markup.element("tbody", [:], $0) }
        let table = Markup.element("table", [:], [.element("thead", [:], [heading])] + bodies)
        return .element("div", ["class": "wide"], [table])
    }

    private func row(_ name: Markup, _ summary: PolicySummary, _ texts: [MetricText], _ distances: [Markup?]) -> Markup
    {
        let cells = texts.map {
            cell(summary.metrics[$0.metric].scaled(by: $0.factor), decimals: $0.decimals, signed: false)
        }
        return .element(
            "tr", [:], [name] + cells + distances.map { $0 ?? .element("td", ["class": "none"], text: "–") })
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
        guard interval.excludesZero else { return "" }
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
        let hasEnds = comparison.result.episodes > 1
        let ends = hasEnds ? [Markup.element("small", text: "\(text(interval.low)) … \(text(interval.high))")] : []
        return .element("td", ["class": verdict], [.element("b", text: text(interval.mean))] + ends)
    }
}
