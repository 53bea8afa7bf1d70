import FarmEnvironments
import Gymnasium
public import Pages

/// A comparison as one self-contained page: pictures first, then tables, then how it was done.
///
/// It loads nothing, runs no script, follows the reader's dark or light setting, and escapes all names.
public enum HTMLReport {
    private static let mainMetrics: [Metric] = [
        .qos, .meanWorkers, .responseTimeP95, .queue, .scalingActions, .reward,
    ]

    /// The page, with a line end after it.
    ///
    /// - Parameters:
    ///   - heading: of the page; nil: the scenario's name.
    ///   - opening: sections that come before the others.
    public static func text(_ comparison: Comparison, heading: String? = nil, opening: [Markup] = []) -> String {
        let result = comparison.result
        let title =
            heading
            ?? "\(result.scenario), \(result.provenance.name): \(result.policies.count == 1 ? "one policy" : "\(result.policies.count) policies")"
        return Page(
            title: title, heading: heading ?? result.scenario, subtitle: MethodText.sample(comparison),
            styles: [ReportStyle.sheet, ReportStyle.dimming(result.policies.count)],
            sections: opening + sections(comparison)
        ).text
    }

    private static func sections(_ comparison: Comparison) -> [Markup] {
        let tables = HTMLTables(comparison)
        var sections = [
            Page.section("What it costs to be on time", caption(comparison), [TradeOffChart(comparison).markup]),
            Page.section(
                "Policies", nil,
                [
                    tables.means(of: mainMetrics),
                    .element(
                        "details", [:],
                        [
                            .element("summary", text: "every metric"), tables.means(of: Metric.allCases),
                        ]),
                ]),
        ]
        if let goal = comparison.result.goal, let table = tables.goal {
            let caption =
                "The cheapest first of those that keep it: kept where all of the mean's interval does, missed where none does."
            sections.insert(Page.section("Who keeps \(goal)", caption, [table]), at: 1)
        }
        if let distances = tables.distancesTable {
            let caption =
                "How much worker-time is saved against the fixed line at the same QoS, and how far the yardsticks are away."
            sections.append(Page.section("How far from what could be", caption, [distances]))
        }
        if let baseline = comparison.result.baseline, let differences = tables.differences(of: mainMetrics) {
            let colours =
                comparison.hasIntervals
                ? " Coloured and bold where the interval excludes zero: green is better, red is worse." : ""
            let caption = "Policy minus \(baseline), seed by seed." + colours
            sections.append(Page.section("Against \(baseline)", caption, [differences]))
        }
        if let chart = TraceChart(comparison.result) {
            let caption =
                "The \(comparison.result.provenance.name) episode of seed \(chart.seed). Point at a name to see its lines alone."
            sections.append(Page.section("One episode", caption, [key(comparison.result), chart.markup]))
        }
        return sections + [Page.section("How this was done", nil, [notes(comparison)])]
    }

    private static func caption(_ comparison: Comparison) -> String {
        let bars = comparison.hasIntervals ? " Bars are 95 % intervals." : ""
        let line =
            comparison.fixedLine.isEmpty
            ? ""
            : " Dots with a number are so many workers, always. The grey line is the best that they and mixtures of two of them "
                + "reach, so that a dot under it is beaten by a mixture: control pays off above the line."
        return "Up and to the left is better: more deadlines met by fewer workers." + bars + line
    }

    private static func key(_ result: EvaluationResult) -> Markup {
        .element(
            "ul", ["class": "keys"],
            result.policies.enumerated().compactMap { index, policy in
                guard policy.trace?.windows.isEmpty == false else { return nil }
                return .element(
                    "li", ["class": "key k\(index)"],
                    [SeriesStyle(index: index).sample, .element("span", text: policy.policy)])
            })
    }

    private static func notes(_ comparison: Comparison) -> Markup {
        var notes = [MethodText.sample(comparison), MethodText.intervals(comparison)]
        if let baseline = comparison.result.baseline { notes.append("baseline: \(baseline)") }
        if !comparison.fixedLine.isEmpty { notes.append(MethodText.overFixedLine) }
        notes += MethodText.yardsticks(comparison)
        if comparison.lowerBound != nil { notes.append(MethodText.lowerBound) }
        notes += MethodText.metrics
        notes += comparison.result.notes.map { "the farm says: \($0)" }
        return .element("ul", ["class": "notes"], notes.map { .element("li", text: $0) })
    }
}
