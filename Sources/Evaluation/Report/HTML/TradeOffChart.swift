import Pages

/// QoS against paid workers: a mark a policy, its intervals as bars both ways, and the line of fixed numbers of workers.
///
/// Up and to the left is better: more deadlines met by fewer workers.
struct TradeOffChart {
    private let comparison: Comparison
    private let x: ChartScale
    private let y: ChartScale

    private static let width = 960.0
    private static let height = 560.0

    init(_ comparison: Comparison) {
        self.comparison = comparison
        // The lower bound is far from everything, and would leave most of the picture empty.
        let shown = comparison.policies + [comparison.hindsight, comparison.trueCounts].compactMap(\.self)
        let workers = shown.map { $0.metrics[.meanWorkers] }
        let least = workers.map(\.low).min() ?? 0
        let most = workers.map(\.high).max() ?? 1
        let margin = max(0.1 * (most - least), 0.03 * max(abs(least), abs(most)), 0.25)
        let domain = max(least >= 0 ? 0 : least - margin, least - margin)...most + margin
        x = ChartScale(domain, from: 78, to: TradeOffChart.width - 24)
        let near = comparison.fixedLine.filter { domain.contains($0.metrics[.meanWorkers].mean) }
        let qos = shown.map { $0.metrics[.qos] }
        let low = min(qos.map(\.low).min() ?? 0, near.map { $0.metrics[.qos].mean }.min() ?? 1)
        let high = max(qos.map(\.high).max() ?? 1, near.map { $0.metrics[.qos].mean }.max() ?? 0)
        let room = max(0.08 * (high - low), 0.004)
        let bottom = TradeOffChart.height - 62
        // Where misses differ by powers of ten, and only there, the axis is stretched: elsewhere half of it would be empty.
        let isStretched = low < 0.9 && high > 0.95
        y =
            isStretched
            ? ChartScale(max(min(0, low), low - room)...min(1, 1 - 0.5 * (1 - high)), from: bottom, to: 44, .towardsOne)
            : ChartScale(max(min(0, low), low - room)...max(high, min(1, high + room)), from: bottom, to: 44)
    }

    var markup: Markup {
        var labels = LabelPlacement(x: x.start...x.end, y: y.end - 12...y.start)
        let references = [
            ("hindsight", comparison.hindsight), ("true counts", comparison.trueCounts),
            ("lower bound", comparison.lowerBound),
        ].compactMap { name, summary in summary.map { (name, $0) } }
        for summary in comparison.policies + references.map(\.1) {
            let place = place(summary)
            labels.reserve(x: place.x, y: place.y, radius: 8)
        }
        for point in linePoints { labels.avoid(x: point.0, y: point.1, radius: 3) }
        var names: [Markup] = []
        for (index, summary) in comparison.policies.enumerated() {
            let place = place(summary)
            let classes = "name " + SeriesStyle(index: index).classes
            if let name = labels.place(shortened(summary.policy), x: place.x, y: place.y, size: 14, classes: classes) {
                names.append(name)
            }
        }
        for (name, summary) in references {
            let place = place(summary)
            let name = isInside(summary) ? name : "\(name), beyond the edge: \(numbers(summary))"
            if let text = labels.place(name, x: place.x, y: place.y, size: 13, classes: "name quiet") {
                names.append(text)
            }
        }
        let line = fixedLine(&labels)
        return SVG.picture(
            width: TradeOffChart.width, height: TradeOffChart.height,
            title: "QoS against paid workers, a mark a policy",
            [axes, line] + references.map { reference($0.0, $0.1) }
                + comparison.policies.enumerated().map { policy($0.offset, $0.element) } + names)
    }

    /// Where a mark stands; at the nearest edge of the picture, if it is beyond.
    private func place(_ summary: PolicySummary) -> (x: Double, y: Double) {
        let (workers, qos) = (summary.metrics[.meanWorkers].mean, summary.metrics[.qos].mean)
        return (min(max(x.position(workers), x.start), x.end), min(max(y.position(qos), y.end), y.start))
    }

    private func isInside(_ summary: PolicySummary) -> Bool {
        x.domain.contains(summary.metrics[.meanWorkers].mean) && y.domain.contains(summary.metrics[.qos].mean)
    }

    private func numbers(_ summary: PolicySummary) -> String {
        "\(MetricText(.qos).text(summary.metrics[.qos].mean)) % with "
            + MetricText(.meanWorkers).text(summary.metrics[.meanWorkers].mean)
    }

    private var axes: Markup {
        let across = y.ticks(spacing: y.spread == .even ? 56 : 26, percent: true).flatMap { tick in
            [
                SVG.line(x.start, tick.position, x.end, tick.position, "grid"),
                SVG.text(tick.label, x: x.start - 10, y: tick.position + 4.5, anchor: "end", "tick"),
            ]
        }
        let up = x.ticks(spacing: 80).flatMap { tick in
            [
                SVG.line(tick.position, y.start, tick.position, y.end, "grid"),
                SVG.text(tick.label, x: tick.position, y: y.start + 22, anchor: "middle", "tick"),
            ]
        }
        let stretched = y.spread == .even ? "" : ", stretched towards 100"
        return .all(
            across + up + [
                SVG.line(x.start, y.start, x.end, y.start, "axis"),
                SVG.text("paid workers, mean", x: x.end, y: y.start + 48, anchor: "end", "title"),
                SVG.text("QoS, % of tasks in time" + stretched, x: 12, y: 20, "title"),
                SVG.text("better: ↖ up and to the left", x: x.end, y: 20, anchor: "end", "hint"),
            ])
    }

    private func fixedLine(_ labels: inout LabelPlacement) -> Markup {
        let line = linePoints
        guard !line.isEmpty else { return .all([]) }
        var marks: [Markup] = []
        var names: [Markup] = []
        for summary in comparison.fixedLine where x.domain.contains(summary.metrics[.meanWorkers].mean) {
            let place = place(summary)
            guard place.y <= y.start + 1 else { continue }
            marks.append(
                SVG.group(
                    "fixed", tip: tip(summary.policy, summary),
                    [
                        SVG.circle(x: place.x, y: place.y, radius: 3.5, classes: "dot")
                    ]))
            labels.reserve(x: place.x, y: place.y, radius: 3)
            // The policy of that name has its own.
            guard !comparison.policies.contains(where: { $0.policy == summary.policy }) else { continue }
            let short = summary.policy.hasPrefix("static:") ? String(summary.policy.dropFirst(7)) : summary.policy
            if let name = labels.place(short, x: place.x, y: place.y, size: 12, classes: "name quiet", aboveFirst: true)
            {
                names.append(name)
            }
        }
        let clipped = SVG.clipped(
            "trade-off", x: x.start...x.end, y: y.end - 12...y.start, [SVG.path(line, classes: "fixedline")])
        return .all([clipped] + marks + names)
    }

    /// The hull is straight between its points in QoS itself, so on a stretched axis it is drawn in small steps.
    private var linePoints: [(Double, Double)] {
        let corners = FixedLine(
            comparison.fixedLine.map {
                FixedLine.Point(qos: $0.metrics[.qos].mean, cost: $0.metrics[.meanWorkers].mean)
            }
        ).points
        guard let first = corners.first else { return [] }
        let fine = zip(corners, corners.dropFirst()).flatMap { low, high in
            (1...16).map { step in
                let part = Double(step) / 16
                return (low.cost + part * (high.cost - low.cost), low.qos + part * (high.qos - low.qos))
            }
        }
        return ([(first.cost, first.qos)] + fine).map { (x.position($0.0), y.position($0.1)) }
    }

    private func policy(_ index: Int, _ summary: PolicySummary) -> Markup {
        let style = SeriesStyle(index: index)
        let place = place(summary)
        return SVG.group(
            style.classes, tip: tip(summary.policy, summary), bars(summary) + [style.mark(x: place.x, y: place.y)])
    }

    private func reference(_ name: String, _ summary: PolicySummary) -> Markup {
        let place = place(summary)
        let cross = [
            SVG.line(place.x - 6, place.y - 6, place.x + 6, place.y + 6, "cross"),
            SVG.line(place.x - 6, place.y + 6, place.x + 6, place.y - 6, "cross"),
        ]
        return SVG.group(
            "reference", tip: tip(name, summary), (isInside(summary) ? bars(summary) : []) + cross)
    }

    private func bars(_ summary: PolicySummary) -> [Markup] {
        let place = place(summary)
        let (workers, qos) = (summary.metrics[.meanWorkers], summary.metrics[.qos])
        let (left, right) = (x.position(workers.low), x.position(workers.high))
        let (bottom, top) = (y.position(qos.low), y.position(qos.high))
        return [
            SVG.line(left, place.y, right, place.y, "bar"), SVG.line(place.x, bottom, place.x, top, "bar"),
            SVG.line(left, place.y - 4, left, place.y + 4, "bar"),
            SVG.line(right, place.y - 4, right, place.y + 4, "bar"),
            SVG.line(place.x - 4, bottom, place.x + 4, bottom, "bar"),
            SVG.line(place.x - 4, top, place.x + 4, top, "bar"),
        ]
    }

    private func tip(_ name: String, _ summary: PolicySummary) -> String {
        let parts = [Metric.qos, .meanWorkers].map { metric in
            let (shown, interval) = (MetricText(metric), summary.metrics[metric])
            return
                "\(shown.title) \(shown.text(interval.mean)) [\(shown.text(interval.low)), \(shown.text(interval.high))]"
        }
        return name + "\n" + parts.joined(separator: "\n")
    }

    private func shortened(_ name: String) -> String { name.count <= 30 ? name : name.prefix(29) + "…" }
}
