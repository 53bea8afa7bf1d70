import Foundation
import Gymnasium

/// Curves over an episode's time, in steps: a window's value holds from its beginning to its end.
struct FarmChart {
    let title: String
    /// The title on the right, which is the scale's where there is a second one.
    let second: String
    /// The top of the first scale; nil to leave it to the values.
    var highest: Double?
    let curves: [Curve]

    /// Values of the windows of a trace.
    struct Curve {
        let colour: Colour
        let isOnSecondScale: Bool
        let points: [(time: Double, value: Double)]

        /// - Parameter value: nil where a window has none.
        init(
            _ colour: Colour, of samples: [FarmTrace.Sample], onSecondScale: Bool = false,
            value: (FarmTrace.Sample) -> Double?
        ) {
            self.colour = colour
            isOnSecondScale = onSecondScale
            points = samples.compactMap { sample in value(sample).map { (sample.time, $0) } }
                .filter { $0.0.isFinite && $0.1.isFinite }
        }
    }

    /// - Parameter end: the right edge, in scenario seconds.
    func draw(on raster: inout Raster, in box: PixelBox, until end: Double) {
        raster.write(title, x: box.left, y: box.top, curves.first?.colour ?? .ink)
        raster.write(second, endingAt: box.right, y: box.top, curves.last?.colour ?? .ink)
        let plot = PixelBox(box.left + 34, box.top + 11, width: box.width - 68, height: box.height - 12)
        raster.fill(plot, .ground)
        raster.fill(PixelBox(plot.left, plot.top + plot.height / 2, width: plot.width, height: 1), .grid)
        raster.fill(PixelBox(plot.left, plot.bottom - 1, width: plot.width, height: 1), .grid)
        let tops = (first: highest ?? top(onSecondScale: false), second: top(onSecondScale: true))
        label(tops.first, on: &raster, plot) { text, y, raster in
            raster.write(text, endingAt: plot.left - 4, y: y, .ink)
        }
        if curves.contains(where: \.isOnSecondScale) {
            label(tops.second, on: &raster, plot) { text, y, raster in raster.write(text, x: plot.right + 4, y: y, .ink)
            }
        }
        for curve in curves {
            draw(curve, on: &raster, in: plot, until: end, top: curve.isOnSecondScale ? tops.second : tops.first)
        }
    }

    private func draw(_ curve: Curve, on raster: inout Raster, in plot: PixelBox, until end: Double, top: Double) {
        var last: (x: Int, y: Int)?
        for point in curve.points {
            let x = plot.left + pixels(point.time, of: end, in: plot.width - 1)
            let y = plot.bottom - 1 - pixels(point.value, of: top, in: plot.height - 1)
            if let last {
                raster.line(from: last, to: (last.x, y), curve.colour)
                raster.line(from: (last.x, y), to: (x, y), curve.colour)
                raster.line(from: (last.x, y - 1), to: (x, y - 1), curve.colour)
            }
            last = (x, y)
        }
    }

    /// A share of a length, never beyond it.
    private func pixels(_ value: Double, of whole: Double, in length: Int) -> Int {
        guard whole > 0, whole.isFinite, value.isFinite else { return 0 }
        return Int((min(max(value / whole, 0), 1) * Double(length)).rounded())
    }

    /// The least of 1, 2 and 5 times a power of ten that no value is above.
    private func top(onSecondScale isSecond: Bool) -> Double {
        let largest = curves.filter { $0.isOnSecondScale == isSecond }.flatMap(\.points).map(\.value).max() ?? 0
        var top = 1.0
        var power = 0
        while top < largest {
            top *= power % 3 == 1 ? 2.5 : 2
            power += 1
        }
        return top
    }

    private func label(
        _ top: Double, on raster: inout Raster, _ plot: PixelBox, _ write: (String, Int, inout Raster) -> Void
    ) {
        write(short(top), plot.top, &raster)
        write("0", plot.bottom - Lettering.height, &raster)
    }

    /// At most five characters.
    private func short(_ value: Double) -> String {
        if value < 100_000 { return String(format: "%.0f", value) }
        if value < 100_000_000 { return String(format: "%.0fM", value / 1_000_000) }
        return "MANY"
    }
}
