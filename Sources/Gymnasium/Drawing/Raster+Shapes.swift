/// Shapes that need not lie on whole pixels. A pixel belongs to one when its middle does.
extension Raster {
    /// A place in a picture, in pixels from its left and upper edges; (0.5, 0.5) is the middle of the first pixel.
    public typealias Point = SIMD2<Double>

    /// Fills a polygon, by the even-odd rule. Nothing is drawn when a corner is not finite.
    public mutating func fill(polygon corners: [Point], _ colour: Colour) {
        guard corners.count >= 3, corners.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else { return }
        let heights = corners.map(\.y)
        for y in rows(from: heights.min() ?? 0, to: heights.max() ?? 0) {
            let middle = Double(y) + 0.5
            let edges = zip(corners, corners.dropFirst() + corners.prefix(1))
            let crossings = edges.filter { ($0.y <= middle) != ($1.y <= middle) }.map { start, end in
                start.x + (end.x - start.x) * ((middle - start.y) / (end.y - start.y))
            }.sorted()
            for pair in 0..<crossings.count / 2 {
                fillRow(y, from: crossings[2 * pair], to: crossings[2 * pair + 1], colour)
            }
        }
    }

    /// Fills a disc. Nothing is drawn when it is not finite.
    ///
    /// - Parameter radius: in pixels.
    public mutating func fill(discAt centre: Point, radius: Double, _ colour: Colour) {
        guard centre.x.isFinite, centre.y.isFinite, radius.isFinite, radius > 0 else { return }
        for y in rows(from: centre.y - radius, to: centre.y + radius) {
            let offset = Double(y) + 0.5 - centre.y
            let half = max(radius * radius - offset * offset, 0).squareRoot()
            fillRow(y, from: centre.x - half, to: centre.x + half, colour)
        }
    }

    /// A straight band with round ends.
    ///
    /// - Parameter width: in pixels.
    public mutating func band(from start: Point, to end: Point, width: Double, _ colour: Colour) {
        let along = end - start
        let length = (along.x * along.x + along.y * along.y).squareRoot()
        if length > 0 {
            let side = Point(-along.y, along.x) * (width / 2 / length)
            fill(polygon: [start + side, end + side, end - side, start - side], colour)
        }
        fill(discAt: start, radius: width / 2, colour)
        fill(discAt: end, radius: width / 2, colour)
    }

    /// Rows of the picture whose middles lie between two heights.
    private func rows(from top: Double, to bottom: Double) -> Range<Int> {
        let first = Raster.pixel(top, end: height)
        return first..<max(first, Raster.pixel(bottom, end: height))
    }

    private mutating func fillRow(_ y: Int, from left: Double, to right: Double, _ colour: Colour) {
        let first = Raster.pixel(left, end: width)
        fill(PixelBox(first, y, width: Raster.pixel(right, end: width) - first, height: 1), colour)
    }

    /// The first pixel whose middle is at `place` or beyond, from 0 to `end`.
    private static func pixel(_ place: Double, end: Int) -> Int {
        Int(min(max((place - 0.5).rounded(.up), 0), Double(end)))
    }
}
