import Gymnasium
import Testing

@testable import FarmEnvironments

@Suite("CellGrid")
struct CellGridTests {
    private let paper = Colour(0xFFFFFF)
    private let ink = Colour(0)
    private let box = PixelBox(10, 10, width: 200, height: 40)

    private func covered(_ count: Int, of room: Int) -> Set<[Int]> {
        var raster = Raster(width: 220, height: 60, colour: paper)
        CellGrid(box: box, count: room).draw(0..<count, ink, on: &raster)
        return Set((0..<220 * 60).filter { raster[$0 % 220, $0 / 220] == ink }.map { [$0 % 220, $0 / 220] })
    }

    @Test("each thing adds a cell, inside the box", arguments: [1, 5, 32, 300, 500])
    func cells(room: Int) {
        var last: Set<[Int]> = []
        for count in 1...room {
            let now = covered(count, of: room)
            #expect(now.isStrictSuperset(of: last))
            last = now
        }
        #expect(last.allSatisfy { (10..<210).contains($0[0]) && (10..<50).contains($0[1]) })
    }

    @Test("where there are too many things, a cell stands for several", arguments: [501, 10_000, 1 << 40, Int.max])
    func crowded(room: Int) {
        let grid = CellGrid(box: box, count: room)
        #expect(grid.thingsPerCell > 1)
        let full = covered(room, of: room)
        #expect(full.count > covered(room / 3, of: room).count)
        #expect(full.allSatisfy { (10..<210).contains($0[0]) && (10..<50).contains($0[1]) })
    }

    @Test("nothing is drawn of nothing")
    func nothing() { #expect(covered(0, of: 10).isEmpty) }
}
