/// Shapes of SVG. Coordinates are the view box's, written to a tenth.
public enum SVG {
    /// A picture as wide as its column, with a title for those who can not see it.
    public static func picture(width: Double, height: Double, title: String, _ content: [Markup]) -> Markup {
        .element(
            "svg",
            [
                "class": "picture", "viewBox": "0 0 \(number(width)) \(number(height))", "role": "img",
                "aria-label": title,
            ],
            content)
    }

    /// Several shapes; the tip is shown under the pointer.
    public static func group(_ classes: String, tip: String? = nil, _ content: [Markup]) -> Markup {
        .element("g", ["class": classes], (tip.map { [.element("title", text: $0)] } ?? []) + content)
    }

    /// A straight line.
    public static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ classes: String) -> Markup {
        .element(
            "line", ["class": classes, "x1": number(x1), "y1": number(y1), "x2": number(x2), "y2": number(y2)])
    }

    /// A path through points; nothing of none.
    public static func path(
        _ points: [(Double, Double)], closed: Bool = false, classes: String, dashes: String = "none"
    ) -> Markup {
        guard !points.isEmpty else { return .all([]) }
        let steps = points.map { "\(number($0.0)) \(number($0.1))" }.joined(separator: "L")
        return .element("path", ["class": classes, "d": "M\(steps)\(closed ? "Z" : "")", "stroke-dasharray": dashes])
    }

    public static func circle(x: Double, y: Double, radius: Double, classes: String) -> Markup {
        .element("circle", ["class": classes, "cx": number(x), "cy": number(y), "r": number(radius)])
    }

    public static func rectangle(x: Double, y: Double, width: Double, height: Double, classes: String) -> Markup {
        .element(
            "rect",
            ["class": classes, "x": number(x), "y": number(y), "width": number(width), "height": number(height)])
    }

    /// A text; the anchor is "start", "middle" or "end".
    public static func text(_ text: String, x: Double, y: Double, anchor: String = "start", _ classes: String) -> Markup
    {
        .element("text", ["class": classes, "x": number(x), "y": number(y), "text-anchor": anchor], text: text)
    }

    /// A rectangle beyond which what is drawn inside is not seen.
    public static func clipped(_ id: String, x: ClosedRange<Double>, y: ClosedRange<Double>, _ content: [Markup])
        -> Markup
    {
        let width = x.upperBound - x.lowerBound
        let height = y.upperBound - y.lowerBound
        let frame = rectangle(x: x.lowerBound, y: y.lowerBound, width: width, height: height, classes: "frame")
        return .all([
            .element("clipPath", ["id": id], [frame]), .element("g", ["clip-path": "url(#\(id))"], content),
        ])
    }

    /// A coordinate. What is far outside every picture is moved to ±100,000.
    public static func number(_ value: Double) -> String {
        guard !value.isNaN else { return "0" }
        let tenths = (max(-1e5, min(1e5, value)) * 10).rounded() / 10
        return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
    }
}
