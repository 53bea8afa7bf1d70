import Evaluation
import Pages

extension Review {
    /// One self-contained page: the review's table first, then all that `faasfarm evaluate --report` shows of it.
    public var page: String {
        HTMLReport.text(
            comparison, heading: "Review of \(function)",
            opening: [Page.section("What was, and what would have been", heading, [table, list])])
    }

    private var table: Markup {
        let head = [
            "policy", "missed", "QoS, %", "paid worker-s", "missed − present", "worker-s − present",
        ].map { Markup.element("th", ["scope": "col"], text: $0) }
        let rows = lines.map { line in
            Markup.element(
                "tr", [:],
                [
                    .element("th", ["scope": "row"], text: line.policy), cell(line.missed, 0),
                    cell(line.qos, 2, by: 100), cell(line.workerSeconds, 0), difference(line.missedMore),
                    difference(line.workerSecondsMore),
                ])
        }
        let parts = [
            Markup.element("thead", [:], [.element("tr", [:], head)]), Markup.element("tbody", [:], rows),
        ]
        return .element("div", ["class": "wide"], [.element("table", [:], parts)])
    }

    private func cell(
        _ interval: Interval, _ decimals: Int, by factor: Double = 1, signed: Bool = false, verdict: String = ""
    ) -> Markup {
        let numbers = [interval.mean, interval.low, interval.high].map {
            NumberText.fixed($0 * factor, decimals, signed: signed)
        }
        let text = blocks > 0 ? "\(numbers[0]) [\(numbers[1]), \(numbers[2])]" : numbers[0]
        return .element("td", verdict.isEmpty ? [:] : ["class": verdict], text: text)
    }

    /// Green where surely less, red where surely more.
    private func difference(_ interval: Interval?) -> Markup {
        guard let interval else { return .element("td", ["class": "none"], text: "–") }
        let verdict =
            blocks > 0 && interval.excludesZero ? (interval.mean < 0 ? "clear better" : "clear worse") : ""
        return cell(interval, 0, signed: true, verdict: verdict)
    }

    private var list: Markup {
        .element("ul", ["class": "notes"], remarks.map { .element("li", text: $0) })
    }
}
