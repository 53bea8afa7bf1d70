import Foundation

/// A picture of how a fit meets what was measured: a histogram with the fitted density, or quantiles against quantiles.
struct FitPicture {
    private static let height = 240.0
    private static let bottom = 34.0
    private static let bars = 40
    /// Points of a quantile plot at most.
    private static let mostPoints = 200

    /// What the picture is of, with its unit.
    let title: String
    /// What a reader should see in it.
    let caption: String
    private let x: (low: Double, high: Double)
    private let y: (low: Double, high: Double)
    private var shapes: [String] = []

    private init(_ title: String, _ caption: String, x: (Double, Double), y: (Double, Double)) {
        self.title = title
        self.caption = caption
        self.x = (x.0, max(x.1, x.0 + 1e-9))
        self.y = (y.0, max(y.1, y.0 + 1e-9))
    }

    /// Bars of what was measured, and the line that the fit would have.
    ///
    /// - Parameters:
    ///   - values: one or more, ascending.
    ///   - cumulative: the fitted distribution function.
    static func histogram(
        _ title: String, _ caption: String, _ values: [Double], _ cumulative: (Double) -> Double
    ) -> FitPicture {
        let (low, high) = (values.first ?? 0, values.last ?? 1)
        let spread = max(high - low, max(abs(high), 1e-6) * 0.01)
        let width = spread / Double(bars)
        var counts = Array(repeating: 0.0, count: bars)
        for value in values { counts[min(bars - 1, max(0, Int((value - low) / width)))] += 1 }
        let shares = counts.map { $0 / Double(max(1, values.count)) }
        let fitted = (0..<bars).map { bar in
            cumulative(low + width * Double(bar + 1)) - (bar == 0 ? 0 : cumulative(low + width * Double(bar)))
        }
        let top = max(shares.max() ?? 1, fitted.max() ?? 1)
        var picture = FitPicture(title, caption, x: (low, low + spread), y: (0, top))
        for (bar, share) in shares.enumerated() {
            picture.bar(from: low + width * Double(bar), to: low + width * Double(bar + 1), share)
        }
        picture.line(fitted.enumerated().map { (low + width * (Double($0.offset) + 0.5), $0.element) }, "c1")
        return picture
    }

    /// A point a quantile: fitted to the right, measured upwards; a good fit lies on the diagonal.
    ///
    /// - Parameters:
    ///   - values: one or more, ascending.
    ///   - cumulative: the fitted distribution function, of times that are not negative.
    static func quantiles(
        _ title: String, _ caption: String, _ values: [Double], _ cumulative: (Double) -> Double
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
        var picture = FitPicture(title, caption, x: (low, high), y: (low, high))
        picture.line([(low, low), (high, high)], "c1")
        for (fitted, measured) in points { picture.dot(fitted, measured) }
        return picture
    }

    /// Bars of a rate in equal stretches of time, and the fitted rate as steps.
    static func rates(
        _ title: String, _ caption: String, _ measured: [Double], _ fitted: [ArrivalFit.Phase], horizon: Double
    ) -> FitPicture {
        let top = max(measured.max() ?? 1, fitted.map(\.rate).max() ?? 1)
        var picture = FitPicture(title, caption, x: (0, horizon), y: (0, top))
        let width = horizon / Double(max(1, measured.count))
        for (bar, rate) in measured.enumerated() {
            picture.bar(from: width * Double(bar), to: width * Double(bar + 1), rate)
        }
        picture.line(fitted.flatMap { [($0.start, $0.rate), ($0.start + $0.seconds, $0.rate)] }, "c1")
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

    private func place(_ x: Double, _ y: Double) -> (x: String, y: String) {
        let width = EpisodePage.width - EpisodePage.left - 16
        let height = FitPicture.height - 14 - FitPicture.bottom
        let across = EpisodePage.left + width * (x - self.x.low) / (self.x.high - self.x.low)
        let down = 14 + height * (1 - (y - self.y.low) / (self.y.high - self.y.low))
        return (EpisodePage.point(across), EpisodePage.point(down))
    }

    private mutating func bar(from low: Double, to high: Double, _ value: Double) {
        let (a, b) = (place(low, value), place(high, y.low))
        shapes.append("<path class=\"bar\" d=\"M\(a.x) \(b.y)V\(a.y)H\(b.x)V\(b.y)Z\"/>")
    }

    private mutating func line(_ points: [(Double, Double)], _ colour: String) {
        let path = points.enumerated().map { index, point in
            let place = place(point.0, point.1)
            return "\(index == 0 ? "M" : "L")\(place.x) \(place.y)"
        }
        shapes.append("<path class=\"line \(colour)\" d=\"\(path.joined())\"/>")
    }

    private mutating func dot(_ x: Double, _ y: Double) {
        let place = place(x, y)
        shapes.append("<circle class=\"dot\" cx=\"\(place.x)\" cy=\"\(place.y)\" r=\"2.5\"/>")
    }

    /// The section of a page.
    var html: String {
        func text(_ number: Double) -> String { EpisodeText.short((number * 1e4).rounded() / 1e4) }
        let grid = [y.low, (y.low + y.high) / 2, y.high].map { value in
            let place = place(x.low, value)
            return
                "<line class=\"grid\" x1=\"\(EpisodePage.left)\" x2=\"\(EpisodePage.width - 16)\" y1=\"\(place.y)\" "
                + "y2=\"\(place.y)\"/><text class=\"tick\" x=\"\(EpisodePage.left - 8)\" y=\"\(place.y)\" "
                + "text-anchor=\"end\">\(text(value))</text>"
        }
        let ticks = [(x.low, "start"), ((x.low + x.high) / 2, "middle"), (x.high, "end")].map { value, anchor in
            "<text class=\"tick\" x=\"\(place(value, y.low).x)\" y=\"\(FitPicture.height - 12)\" "
                + "text-anchor=\"\(anchor)\">\(text(value))</text>"
        }
        return """
            <section><h2>\(EpisodePage.escaped(title))</h2><p class="key">\(EpisodePage.escaped(caption))</p>
            <svg viewBox="0 0 \(EpisodePage.width) \(FitPicture.height)" role="img" aria-label="\(EpisodePage.escaped(title))">
            \((grid + ticks + shapes).joined(separator: "\n"))
            </svg></section>
            """
    }
}
