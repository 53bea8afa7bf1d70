import Foundation
import Pages

/// A picture of how a fit meets what was measured: a histogram with the fitted density, or quantiles against quantiles.
struct FitPicture {
    private static let width = 960.0
    private static let height = 300.0
    private static let mostBars = 40
    /// Points of a quantile plot at most.
    private static let mostPoints = 200

    /// What the picture is of, with its unit.
    let title: String
    /// What a reader should see in it.
    let caption: String
    private let xTitle: String
    private let yTitle: String
    private let x: (low: Double, high: Double)
    private let y: (low: Double, high: Double)
    private var shapes: [Markup] = []

    private init(
        _ title: String, _ caption: String, _ xTitle: String, _ yTitle: String, x: (Double, Double), y: (Double, Double)
    ) {
        self.title = title
        self.caption = caption
        self.xTitle = xTitle
        self.yTitle = yTitle
        self.x = (x.0, max(x.1, x.0 + 1e-9))
        self.y = (y.0, max(y.1, y.0 + 1e-9))
    }

    /// Bars of what was measured, and the line that the fit would have.
    ///
    /// - Parameters:
    ///   - unit: of the values: `seconds`.
    ///   - values: one or more, ascending.
    ///   - cumulative: the fitted distribution function.
    static func histogram(
        _ title: String, _ caption: String, unit: String, _ values: [Double], _ cumulative: (Double) -> Double
    ) -> FitPicture {
        let (low, high) = (values.first ?? 0, values.last ?? 1)
        let spread = max(high - low, max(abs(high), 1e-6) * 0.01)
        // Few values would stand alone in narrow bars.
        let bars = max(5, min(mostBars, Int(2 * Double(values.count).squareRoot())))
        let width = spread / Double(bars)
        var counts = Array(repeating: 0.0, count: bars)
        for value in values { counts[min(bars - 1, max(0, Int((value - low) / width)))] += 1 }
        let shares = counts.map { $0 / Double(max(1, values.count)) }
        let fitted = (0..<bars).map { bar in
            cumulative(low + width * Double(bar + 1)) - (bar == 0 ? 0 : cumulative(low + width * Double(bar)))
        }
        let top = max(shares.max() ?? 1, fitted.max() ?? 1)
        var picture = FitPicture(
            title, caption, unit, "share of all, %", x: (low, low + spread), y: (0, top * 100))
        for (bar, share) in shares.enumerated() {
            picture.bar(from: low + width * Double(bar), to: low + width * Double(bar + 1), share * 100)
        }
        picture.line(
            StepLine.spans(
                from: low, fitted.enumerated().map { (low + width * Double($0.offset + 1), $0.element * 100) }))
        return picture
    }

    /// A point a quantile: fitted to the right, measured upwards; a good fit lies on the diagonal.
    ///
    /// - Parameters:
    ///   - unit: of the values: `seconds`.
    ///   - values: one or more, ascending.
    ///   - cumulative: the fitted distribution function, of times that are not negative.
    static func quantiles(
        _ title: String, _ caption: String, unit: String, _ values: [Double], _ cumulative: (Double) -> Double
    ) -> FitPicture {
        let count = min(mostPoints, values.count)
        let limit = 4 * max(values.last ?? 1, 1e-9)
        let points = (0..<count).map { point in
            let index = point * values.count / count
            let share = (Double(index) + 0.5) / Double(values.count)
            return (inverse(share, cumulative, limit: limit), values[index])
        }
        let all = points.flatMap { [$0.0, $0.1] }
        let (low, high) = (min(0, all.min() ?? 0), all.max() ?? 1)
        var picture = FitPicture(
            title, caption, "fitted, \(unit)", "measured, \(unit)", x: (low, high), y: (low, high))
        picture.line([(low, low), (high, high)])
        for (fitted, measured) in points { picture.dot(fitted, measured) }
        return picture
    }

    /// Bars of a rate in equal stretches of time, and the fitted rate as steps.
    static func rates(
        _ title: String, _ caption: String, _ measured: [Double], _ fitted: [ArrivalFit.Phase], horizon: Double
    ) -> FitPicture {
        let unit = TimeUnit(spanning: horizon)
        let top = max(measured.max() ?? 1, fitted.map(\.rate).max() ?? 1)
        var picture = FitPicture(
            title, caption, "time, \(unit.name)", "tasks/s", x: (0, horizon / unit.seconds), y: (0, top * 1.06))
        let width = horizon / unit.seconds / Double(max(1, measured.count))
        for (bar, rate) in measured.enumerated() {
            picture.bar(from: width * Double(bar), to: width * Double(bar + 1), rate)
        }
        picture.line(
            StepLine.spans(from: 0, fitted.map { (($0.start + $0.seconds) / unit.seconds, $0.rate) }))
        return picture
    }

    /// By bisection; `limit` where the function does not get that far.
    private static func inverse(_ share: Double, _ cumulative: (Double) -> Double, limit: Double) -> Double {
        var (low, high) = (0.0, limit)
        for _ in 0..<50 {
            let middle = (low + high) / 2
            if cumulative(middle) < share { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    private var across: ChartScale { ChartScale(x.low...x.high, from: 66, to: FitPicture.width - 20) }

    private var upwards: ChartScale {
        ChartScale(y.low...y.high, from: FitPicture.height - ChartPanel.axisHeight, to: 30)
    }

    private func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        (across.position(x), upwards.position(y))
    }

    private mutating func bar(from low: Double, to high: Double, _ value: Double) {
        let (a, b) = (place(low, value), place(high, y.low))
        shapes.append(SVG.rectangle(x: a.x, y: a.y, width: b.x - a.x, height: b.y - a.y, classes: "column c0"))
    }

    private mutating func line(_ points: [(Double, Double)]) {
        shapes.append(SVG.path(points.map { place($0.0, $0.1) }, classes: "line c1"))
    }

    private mutating func dot(_ x: Double, _ y: Double) {
        let place = place(x, y)
        shapes.append(SVG.circle(x: place.x, y: place.y, radius: 2.5, classes: "point c0"))
    }

    /// The section of a page.
    var markup: Markup {
        let panel = ChartPanel(yTitle, x: across, y: upwards, xTitle: xTitle)
        return Page.section(
            title, caption,
            [SVG.picture(width: FitPicture.width, height: FitPicture.height, title: title, [panel.markup(shapes)])])
    }
}
