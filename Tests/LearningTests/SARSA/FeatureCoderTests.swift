import Testing

@testable import Learning

@Suite struct FeatureCoderTests {
    @Test("Tiles: neighbours share most tilings, strangers none, and every feature index is within the count")
    func tiles() throws {
        let coder = FeatureCoder.tiles(tilings: 8, perDimension: 8, low: [-1, 0], high: [1, 10])
        let features = try FittedFeatures(coder, spaceLow: [-9, -9], spaceHigh: [9, 9])
        #expect(features.count == 8 * 9 * 9 && features.activeCount == 8)
        func active(_ x: Float, _ y: Float) -> Set<Int> {
            var indices = Array(repeating: 0, count: 8)
            features.write([x, y], to: &indices)
            #expect(Set(indices).count == 8 && indices.allSatisfy { 0..<features.count ~= $0 })
            return Set(indices)
        }
        #expect(active(0.3, 4) == active(0.3, 4))
        // A move by an eighth of a tile changes one tiling of eight.
        #expect(active(0.3, 4).intersection(active(0.3 + 0.25 / 8, 4)).count == 7)
        #expect(active(0.3, 4).isDisjoint(with: active(0.3 + 0.25, 4)))
        #expect(active(-.infinity, 1e9) == active(-1, 10))
        _ = active(1, 10)
    }

    @Test("The paper's table has 53,760 states, and its bins are where the paper's code has them")
    func paperBins() throws {
        let features = try FittedFeatures(
            .paperBins, spaceLow: Array(repeating: 0, count: 9), spaceHigh: Array(repeating: 1, count: 9))
        #expect(features.count == 53_760 && features.activeCount == 1)
        func state(_ row: [Float]) -> Int {
            var indices = [0]
            features.write(row, to: &indices)
            return indices[0]
        }
        let first: [Float] = [3, 0, 0, 0, 12, 1.5, 1.5, 0, 1]
        // The ignored elements change nothing, the others do once an edge is passed.
        #expect(state(first) == state([3, 0, 7, 900, 12, 1.5, 99, 0, 1]))
        for (element, value) in [(0, Float(2)), (1, 1), (4, 13), (5, 2.5), (7, 2), (8, 0.97)] {
            var row = first
            row[element] = value
            #expect(state(row) != state(first), "element \(element)")
        }
        var row = first
        row[4] = 12.4
        #expect(state(row) == state(first))
    }
}
