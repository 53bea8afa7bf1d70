import Pages

/// An episode's course: panels over one time axis.
struct CourseChart {
    /// What a number of a step is true of.
    private enum Meaning {
        /// The window as a whole.
        case window
        /// The window's end; it holds until the next.
        case end
    }

    private struct Line {
        let name: String
        let colour: Int
        let meaning: Meaning
        let value: @Sendable (EpisodeCourse.Point) -> Double?
    }

    private struct Panel {
        let title: String
        let height: Double
        let lines: [Line]
        /// Fractions, from 0 to 1.
        var isShare = false
    }

    private static let panels = [
        Panel(
            title: "arrivals, tasks/s", height: 100,
            lines: [Line(name: "arrivals", colour: 6, meaning: .window, value: { $0.arrivals })]),
        Panel(
            title: "queue, tasks", height: 100,
            lines: [Line(name: "queue", colour: 1, meaning: .end, value: { $0.queue })]),
        Panel(
            title: "workers", height: 170,
            lines: [
                Line(name: "asked for", colour: 2, meaning: .window, value: { $0.desired }),
                Line(name: "ready", colour: 0, meaning: .end, value: { $0.ready }),
                Line(name: "running tasks", colour: 1, meaning: .end, value: { $0.running }),
            ]),
        Panel(
            title: "QoS of the window, %", height: 80,
            lines: [Line(name: "QoS", colour: 3, meaning: .window, value: { $0.qos })], isShare: true),
        Panel(
            title: "reward of the step", height: 100,
            lines: [Line(name: "reward", colour: 4, meaning: .window, value: { $0.reward })]),
        Panel(
            title: "action", height: 80,
            lines: [Line(name: "action", colour: 2, meaning: .window, value: { $0.action })]),
    ]

    private static let width = 960.0
    private static let gap = 44.0
    /// Steps drawn at most; longer episodes are averaged down to it.
    private static let mostSteps = 900

    private let course: EpisodeCourse
    private let unit: TimeUnit?
    private let time: ChartScale
    /// Steps that are drawn as one.
    private let group: Int

    /// nil without steps.
    init?(_ course: EpisodeCourse) {
        guard let last = course.points.last else { return nil }
        self.course = course
        unit = course.hasMetrics ? TimeUnit(spanning: last.time) : nil
        time = ChartScale(0...max(last.time / (unit?.seconds ?? 1), 1e-9), from: 66, to: CourseChart.width - 20)
        group = (course.points.count + CourseChart.mostSteps - 1) / CourseChart.mostSteps
    }

    var markup: Markup {
        let shown = CourseChart.panels.filter { panel in
            panel.lines.contains { line in course.points.contains { line.value($0)?.isFinite == true } }
        }
        var top = 30.0
        var drawn: [Markup] = []
        for (index, panel) in shown.enumerated() {
            drawn.append(self.panel(panel, top, isLast: index == shown.count - 1))
            top += panel.height + CourseChart.gap
        }
        let names = shown.map(\.title).joined(separator: "; ")
        return SVG.picture(
            width: CourseChart.width, height: top - CourseChart.gap + ChartPanel.axisHeight,
            title: "The episode over time: \(names)", drawn)
    }

    private func panel(_ panel: Panel, _ top: Double, isLast: Bool) -> Markup {
        let series = panel.lines.map { ($0, points($0)) }
        let values = series.flatMap { $0.1.map(\.1) }
        let least = min(0, values.min() ?? 0)
        let most = panel.isShare ? 1 : max(values.max() ?? 0, 0)
        // Room above, so that a line at the top is not taken for the frame; a line at 0 alone has an axis too.
        let domain = least * 1.06...(most > least ? most * 1.06 : least + 1)
        let scale = ChartScale(domain, from: top + panel.height, to: top)
        let name = unit.map { "time, \($0.name)" } ?? "step"
        let lines = series.map { line, points in
            SVG.group(
                "c\(line.colour)", tip: line.name,
                [
                    SVG.path(
                        drawn(line, points, scale), classes: "line", dashes: line.name == "asked for" ? "4 3" : "none")
                ])
        }
        let chart = ChartPanel(
            panel.title, x: time, y: scale, xTitle: isLast ? name : nil, percent: panel.isShare)
        return .all([chart.markup(lines), key(panel, at: scale.end - 12)])
    }

    /// The names of the lines, where there are several, at the right of the title.
    private func key(_ panel: Panel, at y: Double) -> Markup {
        guard panel.lines.count > 1 else { return .all([]) }
        var x = time.end
        return .all(
            panel.lines.reversed().map { line in
                defer { x -= Double(line.name.count) * 8 + 20 }
                return SVG.group("c\(line.colour)", [SVG.text(line.name, x: x, y: y, anchor: "end", "line-name")])
            })
    }

    /// Of each drawn step, its end and its value, in the axis's unit.
    private func points(_ line: Line) -> [(Double, Double)] {
        var points: [(Double, Double)] = []
        if line.meaning == .end, let start = course.start, let value = line.value(start), value.isFinite {
            points.append((0, value))
        }
        for first in stride(from: 0, to: course.points.count, by: group) {
            let part = course.points[first..<min(first + group, course.points.count)]
            let values = part.compactMap(line.value).filter(\.isFinite)
            guard let last = part.last, !values.isEmpty else { continue }
            points.append((last.time / (unit?.seconds ?? 1), values.reduce(0, +) / Double(values.count)))
        }
        return points
    }

    private func drawn(_ line: Line, _ points: [(Double, Double)], _ scale: ChartScale) -> [(Double, Double)] {
        let placed = points.map { (time.position($0.0), scale.position($0.1)) }
        return line.meaning == .window ? StepLine.spans(from: time.start, placed) : StepLine.held(placed)
    }
}
