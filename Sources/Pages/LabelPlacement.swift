/// Finds room for the names beside the marks of a picture; further away, with a line to the mark, where a crowd leaves none.
/// Only a name that has no room in a wide surrounding is left to the key.
public struct LabelPlacement {
    private struct Box {
        let x: ClosedRange<Double>
        let y: ClosedRange<Double>

        func overlaps(_ other: Box) -> Bool { x.overlaps(other.x) && y.overlaps(other.y) }
    }

    private let frame: Box
    private var taken: [Box] = []
    private var avoided: [Box] = []

    /// Nothing is placed beyond the frame.
    public init(x: ClosedRange<Double>, y: ClosedRange<Double>) {
        frame = Box(x: x, y: y)
    }

    /// Keeps the place of a mark free.
    public mutating func reserve(x: Double, y: Double, radius: Double) {
        taken.append(Box(x: x - radius...x + radius, y: y - radius...y + radius))
    }

    /// Names are put here only where there is no room elsewhere.
    public mutating func avoid(x: Double, y: Double, radius: Double) {
        avoided.append(Box(x: x - radius...x + radius, y: y - radius...y + radius))
    }

    /// The name to the right of a mark, to the left, above or below, wherever there is room first; or first to the upper
    /// left, where a rising line leaves room.
    public mutating func place(
        _ text: String, x: Double, y: Double, size: Double, classes: String, aboveFirst: Bool = false
    ) -> Markup? {
        let width = Double(text.count) * size * 0.56 + 4
        let places: [(x: Double, y: Double, anchor: String, left: Double)] = [
            (x + 11, y + size * 0.35, "start", x + 11), (x - 11, y + size * 0.35, "end", x - 11 - width),
            (x, y - 13, "middle", x - width / 2), (x, y + 11 + size, "middle", x - width / 2),
            (x + 9, y - 9, "start", x + 9), (x - 5, y - 7, "end", x - 5 - width),
            (x + 9, y + 8 + size, "start", x + 9), (x - 9, y + 8 + size, "end", x - 9 - width),
        ]
        let ordered = aboveFirst ? Array(places[5...] + places[..<5]) : places
        let free = ordered.compactMap { place -> (box: Box, markup: Markup)? in
            let box = Box(x: place.left...place.left + width, y: place.y - size...place.y + size * 0.25)
            guard isFree(box) else { return nil }
            return (box, SVG.text(text, x: place.x, y: place.y, anchor: place.anchor, classes))
        }
        let best = free.first { !avoided.contains(where: $0.box.overlaps) } ?? free.first
        guard let (box, markup) = best ?? far(text, x: x, y: y, size: size, width: width, classes: classes) else {
            return nil
        }
        taken.append(box)
        return markup
    }

    /// The nearest free place on circles around the mark, with a line that leads there.
    private func far(
        _ text: String, x: Double, y: Double, size: Double, width: Double, classes: String
    ) -> (box: Box, markup: Markup)? {
        for radius in stride(from: 26.0, through: 170, by: 12) {
            for place in LabelPlacement.directions.map({
                (x: x + radius * $0.x, y: y + radius * $0.y, right: $0.x >= 0)
            }) {
                let left = place.right ? place.x : place.x - width
                let box = Box(x: left...left + width, y: place.y - size * 0.65...place.y + size * 0.6)
                guard isFree(box), !avoided.contains(where: box.overlaps) else { continue }
                let anchor = place.right ? "start" : "end"
                let name = SVG.text(
                    text, x: place.x + (place.right ? 2 : -2), y: place.y + size * 0.35, anchor: anchor, classes)
                return (box, .all([SVG.line(x, y, place.x, place.y, "leader"), name]))
            }
        }
        return nil
    }

    /// Around a mark, beginning at the lower right, which a rising line leaves free.
    private static let directions: [(x: Double, y: Double)] = [
        (0.87, 0.5), (0.5, 0.87), (-0.87, -0.5), (-0.5, -0.87), (0.97, 0.26), (0.97, -0.26), (0.87, -0.5), (0.5, -0.87),
        (-0.97, -0.26), (-0.97, 0.26), (-0.87, 0.5), (-0.5, 0.87),
    ]

    private func isFree(_ box: Box) -> Bool {
        box.x.lowerBound >= frame.x.lowerBound && box.x.upperBound <= frame.x.upperBound
            && box.y.lowerBound >= frame.y.lowerBound && box.y.upperBound <= frame.y.upperBound
            && !taken.contains(where: box.overlaps)
    }
}
