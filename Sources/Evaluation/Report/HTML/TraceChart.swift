import Pages

/// One episode of every policy over time, in three panels on one time axis: arrivals, workers, queue.
struct TraceChart {
    private struct Series {
        let style: SeriesStyle
        let policy: String
        let windows: [EpisodeTrace.Window]
    }

    private let series: [Series]
    private let time: ChartScale
    /// Of the time axis.
    private let unit: TimeUnit
    /// The seed of the episode.
    let seed: UInt64

    private static let width = 960.0
    private static let panelHeights = [120.0, 210, 150]
    private static let gap = 46.0
    /// Windows drawn at most; longer episodes are averaged down to it.
    static let mostWindows = 900

    /// Nil if no policy has a trace with windows.
    init?(_ result: EvaluationResult) {
        let series = result.policies.enumerated().compactMap { index, policy -> Series? in
            guard let trace = policy.trace, !trace.windows.isEmpty else { return nil }
            return Series(
                style: SeriesStyle(index: index), policy: policy.policy,
                windows: TraceChart.thinned(trace.windows, to: TraceChart.mostWindows))
        }
        let traced = result.policies.first { $0.trace?.windows.isEmpty == false }
        guard let seed = traced?.trace?.seed else { return nil }
        let end = series.flatMap(\.windows).map(\.time).max() ?? 0
        self.series = series
        self.seed = seed
        unit = TimeUnit(spanning: end)
        time = ChartScale(0...max(0, end / unit.seconds), from: 66, to: TraceChart.width - 20)
    }

    var markup: Markup {
        var panels: [Markup] = []
        var top = 30.0
        for (index, height) in TraceChart.panelHeights.enumerated() {
            panels.append(index == 0 ? arrivals(top, height) : index == 1 ? workers(top, height) : queue(top, height))
            top += height + TraceChart.gap
        }
        let bottom = top - TraceChart.gap
        let times = time.ticks(spacing: 80).map { tick in
            SVG.text(tick.label, x: tick.position, y: bottom + 22, anchor: "middle", "tick")
        }
        let name = SVG.text("time, \(unit.name)", x: time.end, y: bottom + 44, anchor: "end", "title")
        return SVG.picture(
            width: TraceChart.width, height: bottom + 54,
            title: "Arrival rate, workers and queue over time, a line a policy", panels + times + [name])
    }

    /// Rates belong to a whole window. Where every policy met the same arrivals they are one area.
    private func arrivals(_ top: Double, _ height: Double) -> Markup {
        let rates = series.map { $0.windows.map { [$0.time, $0.arrivalRate] } }
        let most = rates.joined().map { $0[1] }.max() ?? 0
        let scale = scale(most, top, height, .even)
        let body: [Markup]
        if let first = series.first, rates.allSatisfy({ $0 == rates[0] }) {
            let steps = rateSteps(first, scale)
            let ends = [(steps.last?.0 ?? 0, scale.position(0)), (steps.first?.0 ?? 0, scale.position(0))]
            body = [SVG.path(steps + ends, closed: true, classes: "area"), SVG.path(steps, classes: "arrivals")]
        } else {
            body = series.map { line($0, rateSteps($0, scale)) }
        }
        return panel("arrival rate, tasks/s", scale, body)
    }

    private func workers(_ top: Double, _ height: Double) -> Markup {
        let most = series.flatMap(\.windows).map { max($0.ready, $0.desired) }.max() ?? 0
        let scale = scale(most, top, height, .even)
        let lines = series.map { series in
            SVG.group(
                series.style.classes, tip: series.policy,
                [
                    SVG.path(steps(series, scale, \.desired), classes: "line wanted", dashes: "3 3"),
                    SVG.path(steps(series, scale, \.ready), classes: "line", dashes: series.style.dashes),
                ])
        }
        return panel("workers: ready (strong), desired (faint, dotted)", scale, lines)
    }

    private func queue(_ top: Double, _ height: Double) -> Markup {
        let most = series.flatMap(\.windows).map(\.queueLength).max() ?? 0
        let scale = scale(most, top, height, most > 40 ? .logarithmic : .even)
        let lines = series.map { series in
            line(series, series.windows.map { (position($0.time), scale.position($0.queueLength)) })
        }
        return panel("queue, tasks" + (scale.spread == .even ? "" : " (logarithmic)"), scale, lines)
    }

    private func scale(_ most: Double, _ top: Double, _ height: Double, _ spread: ChartScale.Spread) -> ChartScale {
        ChartScale(0...max(1, most * 1.06), from: top + height, to: top, spread)
    }

    private func panel(_ title: String, _ scale: ChartScale, _ body: [Markup]) -> Markup {
        ChartPanel(title, x: time, y: scale).markup(body)
    }

    private func line(_ series: Series, _ points: [(Double, Double)]) -> Markup {
        SVG.group(
            series.style.classes, tip: series.policy, [SVG.path(points, classes: "line", dashes: series.style.dashes)])
    }

    private func position(_ seconds: Double) -> Double { time.position(seconds / unit.seconds) }

    /// What was read at a window's end, held until the next one's.
    private func steps(
        _ series: Series, _ scale: ChartScale, _ value: (EpisodeTrace.Window) -> Double
    ) -> [(Double, Double)] {
        StepLine.held(series.windows.map { (position($0.time), scale.position(value($0))) })
    }

    private func rateSteps(_ series: Series, _ scale: ChartScale) -> [(Double, Double)] {
        StepLine.spans(
            from: time.start, series.windows.map { (position($0.time), scale.position($0.arrivalRate)) })
    }

    /// At most `count` windows: the means of equally many that follow each other, with the end of the last.
    static func thinned(_ windows: [EpisodeTrace.Window], to count: Int) -> [EpisodeTrace.Window] {
        let size = (windows.count + count - 1) / max(1, count)
        guard size > 1 else { return windows }
        return stride(from: 0, to: windows.count, by: size).map { start in
            let part = windows[start..<min(start + size, windows.count)]
            func mean(_ value: (EpisodeTrace.Window) -> Double) -> Double { Sample.mean(part.map(value)) }
            return EpisodeTrace.Window(
                time: part.last?.time ?? 0, arrivalRate: mean(\.arrivalRate), desired: mean(\.desired),
                ready: mean(\.ready),
                queueLength: mean(\.queueLength), qos: mean(\.qos))
        }
    }
}
