import Foundation

/// An episode as a page that needs nothing else: panels over one time axis, and the account of its tasks.
public enum EpisodePage {
    private struct Panel {
        var title: String
        var lines: [(name: String, colour: String, values: [Double?])]
    }

    static let width = 960.0
    static let left = 64.0
    private static let height = 110.0
    /// Points drawn of a line at most.
    private static let mostPoints = 1_200

    /// The page's source.
    public static func html(_ episode: Episode, _ course: EpisodeCourse, _ account: TaskAccount) -> String {
        let summary = episode.summary
        let title = "Episode \(summary.id) of \(summary.environmentID)"
        let pictures = panels(course).map { figure($0, course) }.joined(separator: "\n")
        let facts = [EpisodeText.summary(episode), EpisodeText.tasks(account)].joined(separator: "\n\n")
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(escaped(title))</title>
            <style>\(style)</style></head>
            <body><main><h1>\(escaped(title))</h1>
            \(pictures)
            <h2>Account</h2><pre>\(escaped(facts))</pre>
            <details><summary>Scenario</summary><pre>\(escaped(episode.scenarioText))</pre></details>
            </main></body></html>

            """
    }

    private static func panels(_ course: EpisodeCourse) -> [Panel] {
        let points = course.points
        let all = [
            Panel(title: "arrivals, tasks a second", lines: [("arrivals", "c0", points.map(\.arrivals))]),
            Panel(title: "queue, tasks", lines: [("queue", "c1", points.map(\.queue))]),
            Panel(
                title: "workers",
                lines: [
                    ("desired", "c2", points.map(\.desired)), ("ready", "c0", points.map(\.ready)),
                    ("running tasks", "c1", points.map(\.running)),
                ]),
            Panel(title: "QoS of the window", lines: [("QoS", "c3", points.map(\.qos))]),
            Panel(title: "reward of the step", lines: [("reward", "c0", points.map(\.reward))]),
            Panel(title: "action", lines: [("action", "c2", points.map(\.action))]),
        ]
        return all.filter { $0.lines.contains { $0.values.contains { $0?.isFinite == true } } }
    }

    private static func figure(_ panel: Panel, _ course: EpisodeCourse) -> String {
        let values = panel.lines.flatMap(\.values).compactMap(\.self).filter(\.isFinite)
        let low = min(0, values.min() ?? 0)
        let high = max(values.max() ?? 1, low + 1e-9)
        let end = max(course.points.last?.time ?? 1, 1e-9)
        func x(_ time: Double) -> Double { left + (width - left - 16) * time / end }
        func y(_ value: Double) -> Double { 14 + (height - 34) * (1 - (value - low) / (high - low)) }
        var shapes: [String] = []
        for value in [low, (low + high) / 2, high] {
            shapes.append(
                "<line class=\"grid\" x1=\"\(left)\" x2=\"\(width - 16)\" y1=\"\(point(y(value)))\" y2=\"\(point(y(value)))\"/>"
                    + "<text class=\"tick\" x=\"\(left - 8)\" y=\"\(point(y(value) + 4))\" text-anchor=\"end\">"
                    + "\(EpisodeText.short((value * 1e4).rounded() / 1e4))</text>")
        }
        let size = max(1, (course.points.count + mostPoints - 1) / mostPoints)
        let times = stride(from: size - 1, to: course.points.count + size - 1, by: size).map {
            course.points[min($0, course.points.count - 1)].time
        }
        for line in panel.lines {
            let drawn = EpisodePicture.averages(line.values, mostPoints)
            var path = ""
            for (time, value) in zip(times, drawn) {
                guard let value, value.isFinite else { continue }
                path += "\(path.isEmpty ? "M" : "L")\(point(x(time))) \(point(y(value)))"
            }
            shapes.append("<path class=\"line \(line.colour)\" d=\"\(path)\"><title>\(line.name)</title></path>")
        }
        let unit = course.hasMetrics ? "s" : "steps"
        shapes.append(
            "<text class=\"tick\" x=\"\(left)\" y=\"\(height - 2)\">0</text><text class=\"tick\" x=\"\(width - 16)\" "
                + "y=\"\(height - 2)\" text-anchor=\"end\">\(EpisodeText.short(end)) \(unit)</text>")
        let key = panel.lines.map { "<span class=\"\($0.colour)\">\(escaped($0.name))</span>" }.joined(separator: " ")
        return """
            <section><h2>\(escaped(panel.title))</h2><p class="key">\(panel.lines.count > 1 ? key : "")</p>
            <svg viewBox="0 0 \(width) \(height)" role="img" aria-label="\(escaped(panel.title))">
            \(shapes.joined(separator: "\n"))
            </svg></section>
            """
    }

    static func point(_ value: Double) -> String { String(format: "%.1f", value) }

    static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
    }

    /// Of all pages.
    static let style = """
        :root{color-scheme:light dark;--ink:#1b2330;--card:#fff;--page:#f6f7f9;--grid:#e1e5ea;
        --c0:#2563d9;--c1:#d9580d;--c2:#0b8a6a;--c3:#9333c4}
        @media (prefers-color-scheme:dark){:root{--ink:#e8ecf2;--card:#1a2029;--page:#12161c;--grid:#2c3541;
        --c0:#7fb0ff;--c1:#ff9f5f;--c2:#45d1a5;--c3:#cf95f2}}
        body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
        main{max-width:1040px;margin:0 auto;padding:28px 16px}h1{font-size:26px}h2{font-size:16px;margin:0}
        section{background:var(--card);border-radius:10px;padding:12px 16px;margin:12px 0}svg{width:100%;height:auto}
        .grid{stroke:var(--grid)}.tick{font-size:12px;fill:var(--ink);opacity:.7}.line{fill:none;stroke-width:1.8}
        .line.c0{stroke:var(--c0)}.line.c1{stroke:var(--c1)}.line.c2{stroke:var(--c2)}.line.c3{stroke:var(--c3)}
        span.c0{color:var(--c0)}span.c1{color:var(--c1)}span.c2{color:var(--c2)}.key{margin:0;min-height:4px}
        pre{white-space:pre-wrap;background:var(--card);border-radius:10px;padding:12px 16px}
        """
}
