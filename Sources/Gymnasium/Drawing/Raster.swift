/// A picture of pixels, drawn on from the left and from the top. What lies outside is not drawn.
public struct Raster: Sendable, Hashable {
    /// In pixels.
    public let width: Int
    /// In pixels.
    public let height: Int
    /// Red, green and blue of each pixel, row by row.
    private var bytes: [UInt8]

    /// - Parameters:
    ///   - width: in pixels, 1 or more.
    ///   - height: in pixels, 1 or more.
    ///   - colour: of all pixels.
    public init(width: Int, height: Int, colour: Colour) {
        self.width = max(width, 1)
        self.height = max(height, 1)
        bytes = Array(repeating: 0, count: self.width * self.height * 3)
        fill(PixelBox(0, 0, width: self.width, height: self.height), colour)
    }

    /// uint8 of shape (height, width, 3).
    public var image: NDArray {
        NDArray(dtype: .uint8, shape: [height, width, 3], bytes: bytes) ?? NDArray([Float]())
    }

    /// The colour of a pixel; nil outside.
    public subscript(x: Int, y: Int) -> Colour? {
        guard let place = place(x, y) else { return nil }
        return Colour(red: bytes[place], green: bytes[place + 1], blue: bytes[place + 2])
    }

    /// Colours one pixel.
    public mutating func dot(x: Int, y: Int, _ colour: Colour) {
        guard let place = place(x, y) else { return }
        bytes[place] = colour.red
        bytes[place + 1] = colour.green
        bytes[place + 2] = colour.blue
    }

    /// Fills a rectangle.
    public mutating func fill(_ box: PixelBox, _ colour: Colour) {
        let (left, top) = (max(box.left, 0), max(box.top, 0))
        let (right, bottom) = (min(box.right, width), min(box.bottom, height))
        guard left < right, top < bottom else { return }
        let row = [[UInt8]](repeating: [colour.red, colour.green, colour.blue], count: right - left).flatMap(\.self)
        for y in top..<bottom {
            let first = (y * width + left) * 3
            bytes.replaceSubrange(first..<first + row.count, with: row)
        }
    }

    /// The edge of a rectangle, one pixel wide, inside it.
    public mutating func frame(_ box: PixelBox, _ colour: Colour) {
        guard box.width > 0, box.height > 0 else { return }
        fill(PixelBox(box.left, box.top, width: box.width, height: 1), colour)
        fill(PixelBox(box.left, box.bottom - 1, width: box.width, height: 1), colour)
        fill(PixelBox(box.left, box.top, width: 1, height: box.height), colour)
        fill(PixelBox(box.right - 1, box.top, width: 1, height: box.height), colour)
    }

    /// A straight line, both ends included (Bresenham 1965).
    public mutating func line(from start: (x: Int, y: Int), to end: (x: Int, y: Int), _ colour: Colour) {
        let (across, down) = (abs(end.x - start.x), -abs(end.y - start.y))
        let (stepX, stepY) = (start.x < end.x ? 1 : -1, start.y < end.y ? 1 : -1)
        var (x, y) = start
        var error = across + down
        while true {
            dot(x: x, y: y, colour)
            if x == end.x, y == end.y { return }
            let doubled = 2 * error
            if doubled >= down {
                error += down
                x += stepX
            }
            if doubled <= across {
                error += across
                y += stepY
            }
        }
    }

    /// Where the bytes of a pixel begin; nil outside.
    private func place(_ x: Int, _ y: Int) -> Int? {
        guard x >= 0, y >= 0, x < width, y < height else { return nil }
        return (y * width + x) * 3
    }
}
