/// What is around the lines of a picture: a title, a grid with round numbers beside it, and an axis.
public struct ChartPanel: Sendable {
    public let title: String
    public let x: ChartScale
    /// From the bottom to the top.
    public let y: ChartScale
    /// The name and unit of the horizontal axis; nil where another panel below has it.
    public let xTitle: String?
    private let percent: Bool

    /// The room that numbers and title of a horizontal axis take below it.
    public static let axisHeight = 52.0

    /// - Parameter percent: fractions are labelled in percent.
    public init(_ title: String, x: ChartScale, y: ChartScale, xTitle: String? = nil, percent: Bool = false) {
        self.title = title
        self.x = x
        self.y = y
        self.xTitle = xTitle
        self.percent = percent
    }

    /// The panel with what is drawn in it.
    public func markup(_ body: [Markup]) -> Markup {
        let across = y.ticks(spacing: y.spread == .even ? 32 : 22, percent: percent).flatMap { tick in
            [
                SVG.line(x.start, tick.position, x.end, tick.position, "grid"),
                SVG.text(tick.label, x: x.start - 8, y: tick.position + 4.5, anchor: "end", "tick"),
            ]
        }
        let ticks = x.ticks(spacing: 80)
        let up = ticks.map { SVG.line($0.position, y.start, $0.position, y.end, "grid") }
        var below: [Markup] = []
        if let xTitle {
            below = ticks.map { SVG.text($0.label, x: $0.position, y: y.start + 22, anchor: "middle", "tick") }
            below.append(SVG.text(xTitle, x: x.end, y: y.start + 44, anchor: "end", "title"))
        }
        let axis = SVG.line(x.start, y.start, x.end, y.start, "axis")
        return .all(across + up + [axis] + body + below + [SVG.text(title, x: 12, y: y.end - 12, "title")])
    }
}
