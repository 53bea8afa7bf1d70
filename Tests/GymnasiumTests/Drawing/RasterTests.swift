import Gymnasium
import Randomness
import Testing

@Suite("Raster")
struct RasterTests {
    private let white = Colour(0xFFFFFF)
    private let red = Colour(0xFF0000)

    @Test("an image is uint8 of shape (height, width, 3), row by row")
    func image() {
        var raster = Raster(width: 3, height: 2, colour: white)
        raster.dot(x: 2, y: 1, Colour(0x010203))
        let image = raster.image
        #expect(image.dtype == .uint8 && image.shape == [2, 3, 3])
        #expect(image.bytes == Array(repeating: 255, count: 15) + [1, 2, 3])
    }

    @Test("rectangles cover their own pixels and no others, also where they stick out")
    func rectangles() {
        var generator = PCG64(seed: Seed(5))
        for _ in 0..<200 {
            func number(_ range: Int, from least: Int) -> Int { Int(generator.next() % UInt64(range)) + least }
            let box = PixelBox(
                number(30, from: -10), number(30, from: -10), width: number(15, from: -2), height: number(15, from: -2))
            var raster = Raster(width: 12, height: 9, colour: white)
            raster.fill(box, red)
            for y in 0..<9 {
                for x in 0..<12 {
                    let isInside = x >= box.left && x < box.right && y >= box.top && y < box.bottom
                    #expect(raster[x, y] == (isInside ? red : white))
                }
            }
        }
    }

    @Test("a frame leaves what it surrounds")
    func frame() {
        var raster = Raster(width: 5, height: 5, colour: white)
        raster.frame(PixelBox(0, 0, width: 5, height: 5), red)
        let inner = (1..<4).flatMap { y in (1..<4).map { raster[$0, y] } }
        #expect(inner.allSatisfy { $0 == white })
        let edge = (0..<5).flatMap { [raster[$0, 0], raster[$0, 4], raster[0, $0], raster[4, $0]] }
        #expect(edge.allSatisfy { $0 == red })
    }

    @Test("a line has both its ends, and as many pixels as its longer side")
    func lines() {
        var generator = PCG64(seed: Seed(6))
        for _ in 0..<300 {
            let ends = (0..<4).map { _ in Int(generator.next() % 20) }
            var raster = Raster(width: 20, height: 20, colour: white)
            raster.line(from: (ends[0], ends[1]), to: (ends[2], ends[3]), red)
            #expect(raster[ends[0], ends[1]] == red && raster[ends[2], ends[3]] == red)
            let count = (0..<400).count { raster[$0 % 20, $0 / 20] == red }
            #expect(count == max(abs(ends[0] - ends[2]), abs(ends[1] - ends[3])) + 1)
        }
    }

    @Test("outside there is nothing")
    func outside() {
        var raster = Raster(width: 4, height: 4, colour: white)
        let before = raster
        raster.dot(x: -1, y: 0, red)
        raster.dot(x: 0, y: 4, red)
        raster.line(from: (-5, -5), to: (-1, 9), red)
        #expect(raster == before)
        #expect(raster[4, 0] == nil)
    }
}
