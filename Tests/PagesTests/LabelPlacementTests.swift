import Testing

@testable import Pages

@Suite struct LabelPlacementTests {
    @Test("the second name at a place goes elsewhere, a crowd's further away with a line, and no two overlap")
    func crowd() throws {
        var labels = LabelPlacement(x: 0...400, y: 0...200)
        labels.reserve(x: 200, y: 100, radius: 8)
        var sources: [String] = []
        for _ in 0..<400 {
            if let name = labels.place("name", x: 200, y: 100, size: 14, classes: "name") {
                sources.append(name.source)
            }
        }
        #expect(sources.count >= 15)
        #expect(Set(sources).count == sources.count)
        #expect(sources[0].contains("text-anchor=\"start\"") && !sources[0].contains("leader"))
        #expect(sources.last?.contains("class=\"leader\"") == true)
        var tight = LabelPlacement(x: 0...60, y: 0...40)
        let placed = (0..<8).compactMap { _ in tight.place("name", x: 30, y: 20, size: 14, classes: "name") }
        #expect(placed.count < 8)
    }

    @Test("a name that would leave the frame on the right goes to the left")
    func edge() throws {
        var labels = LabelPlacement(x: 0...400, y: 0...200)
        let placed = labels.place("a longer name", x: 390, y: 100, size: 14, classes: "name")
        let name = try #require(placed)
        #expect(name.source.contains("text-anchor=\"end\""))
    }

    @Test("a line is avoided while there is room, and crossed when there is not")
    func avoided() throws {
        var labels = LabelPlacement(x: 0...400, y: 0...200)
        labels.avoid(x: 230, y: 100, radius: 3)
        let placed = labels.place("name", x: 200, y: 100, size: 14, classes: "")
        let first = try #require(placed)
        #expect(first.source.contains("text-anchor=\"end\""))
        labels.avoid(x: 200, y: 100, radius: 300)
        let second = labels.place("name", x: 200, y: 100, size: 14, classes: "")
        #expect(second?.source.contains("text-anchor=\"start\"") == true)
    }
}
