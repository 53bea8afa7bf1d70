import Gymnasium
import Testing

@testable import FarmEnvironments

@Suite("Lettering")
struct LetteringTests {
    private static let characters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:-+/%()?")

    @Test("each character has a picture of its own, of seven rows of five pixels")
    func pictures() {
        let rows = LetteringTests.characters.map { Lettering.rows(of: $0) }
        #expect(rows.allSatisfy { $0.count == 7 && $0.allSatisfy { $0 < 32 } && $0.contains { $0 > 0 } })
        #expect(Set(rows).count == rows.count)
    }

    @Test("small letters look like capitals; what is unknown is a box; a space is empty")
    func others() {
        #expect(Lettering.rows(of: "q") == Lettering.rows(of: "Q"))
        #expect(Lettering.rows(of: "é") == Lettering.rows(of: "?"))
        #expect(Lettering.rows(of: "ß") == Lettering.rows(of: "S"))
        #expect(Lettering.rows(of: " ").allSatisfy { $0 == 0 })
    }

    @Test("a T is written as one, at its size and place")
    func written() {
        let (paper, ink) = (Colour(0xFFFFFF), Colour(0))
        var raster = Raster(width: 20, height: 20, colour: paper)
        raster.write("T", x: 2, y: 3, size: 2, ink)
        for x in 0..<20 {
            for y in 0..<20 {
                let isBar = (2..<12).contains(x) && (3..<5).contains(y)
                let isStem = (6..<8).contains(x) && (3..<17).contains(y)
                #expect(raster[x, y] == (isBar || isStem ? ink : paper))
            }
        }
        var right = Raster(width: 20, height: 20, colour: paper)
        right.write("T", endingAt: 12, y: 3, size: 2, ink)
        #expect(right == raster)
    }
}
