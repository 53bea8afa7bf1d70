import Pages

/// How a policy looks in every picture of a report: eight colours, told apart by shape and dash as well.
struct SeriesStyle: Sendable, Hashable {
    /// The policy's place in the report, from 0.
    let index: Int

    /// Classes of everything that belongs to the policy. `k` and its place dims the others under the pointer; `c` and the
    /// number of its colour paints it.
    var classes: String { "k k\(index) c\(index % 8)" }

    /// The dashes of its lines: full for the first eight policies.
    var dashes: String { ["none", "7 3", "2 3", "9 3 2 3"][index / 8 % 4] }

    /// Its mark, about 12 pixels wide.
    func mark(x: Double, y: Double) -> Markup {
        let shape: [(Double, Double)] =
            switch index % 5 {
            case 1: [(-5, -5), (5, -5), (5, 5), (-5, 5)]
            case 2: [(0, -7), (7, 0), (0, 7), (-7, 0)]
            case 3: [(0, -6.5), (6.5, 5), (-6.5, 5)]
            case 4: [(0, 6.5), (6.5, -5), (-6.5, -5)]
            default: []
            }
        guard !shape.isEmpty else { return SVG.circle(x: x, y: y, radius: 5.5, classes: "mark") }
        return SVG.path(shape.map { (x + $0.0, y + $0.1) }, closed: true, classes: "mark")
    }

    /// A line with its mark, for keys.
    var sample: Markup {
        .element(
            "svg", ["class": classes, "viewBox": "0 0 34 16", "width": "34", "height": "16", "aria-hidden": "true"],
            [SVG.path([(1, 8), (33, 8)], classes: "line", dashes: dashes), mark(x: 17, y: 8)])
    }
}
