import Gymnasium
import Randomness
import Testing

@Suite("Shapes on a raster")
struct RasterShapesTests {
    private let paper = Colour(0xFFFFFF)
    private let ink = Colour(0x000000)

    private func count(_ raster: Raster) -> Int {
        (0..<raster.height).reduce(0) { sum, y in sum + (0..<raster.width).count { raster[$0, y] == ink } }
    }

    @Test("A polygon's pixels are those whose middles are inside, also where it sticks out")
    func triangles() {
        var generator = PCG64(seed: Seed(3))
        func point() -> Raster.Point { [generator.nextDouble() * 40 - 10, generator.nextDouble() * 30 - 10] }
        for _ in 0..<200 {
            let corners = [point(), point(), point()]
            var raster = Raster(width: 20, height: 12, colour: paper)
            raster.fill(polygon: corners, ink)
            func side(_ a: Raster.Point, _ b: Raster.Point, _ p: Raster.Point) -> Double {
                (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x)
            }
            for y in 0..<12 {
                for x in 0..<20 {
                    let middle = Raster.Point(Double(x) + 0.5, Double(y) + 0.5)
                    let sides = (0..<3).map { side(corners[$0], corners[($0 + 1) % 3], middle) }
                    guard sides.allSatisfy({ abs($0) > 1e-6 }) else { continue }
                    let isInside = sides.allSatisfy { $0 > 0 } || sides.allSatisfy { $0 < 0 }
                    #expect((raster[x, y] == ink) == isInside)
                }
            }
        }
    }

    @Test("A disc has about its area, and a band its length times its width and two half discs")
    func areas() {
        var raster = Raster(width: 100, height: 100, colour: paper)
        raster.fill(discAt: [50, 50], radius: 30, ink)
        #expect(abs(Double(count(raster)) - .pi * 900) < 60)
        raster = Raster(width: 100, height: 100, colour: paper)
        raster.band(from: [20, 30], to: [70, 60], width: 12, ink)
        #expect(abs(Double(count(raster)) - ((3_400.0).squareRoot() * 12 + .pi * 36)) < 60)
        raster = Raster(width: 100, height: 100, colour: paper)
        raster.band(from: [50, 50], to: [50, 50], width: 20, ink)
        #expect(abs(Double(count(raster)) - .pi * 100) < 20)
    }

    @Test("What is not finite is not drawn, and what is far away is cut off")
    func strange() {
        var raster = Raster(width: 10, height: 10, colour: paper)
        raster.fill(polygon: [[0, 0], [.nan, 5], [5, 5]], ink)
        raster.fill(discAt: [5, .infinity], radius: 3, ink)
        raster.fill(discAt: [5, 5], radius: .nan, ink)
        raster.band(from: [0, 0], to: [-.infinity, 0], width: 0, ink)
        raster.fill(polygon: [[0, 0], [9, 9]], ink)
        #expect(count(raster) == 0)
        raster.fill(polygon: [[-1e300, -1e300], [1e300, -1e300], [1e300, 1e300], [-1e300, 1e300]], ink)
        #expect(count(raster) == 100)
    }
}
