import Testing

@testable import Evaluation

@Suite struct FixedLineTests {
    private func line(_ points: [(Double, Double)]) -> FixedLine {
        FixedLine(points.map { FixedLine.Point(qos: $0.0, cost: $0.1) })
    }

    @Test("between two numbers of workers the cost is that of a mixture")
    func interpolated() throws {
        let line = line([(0.9, 12), (0.98, 14), (0.96, 13)])
        #expect(line.cost(at: 0.9) == 12)
        #expect(line.cost(at: 0.98) == 14)
        #expect(try abs(#require(line.cost(at: 0.93)) - 12.5) < 1e-12)
        #expect(try abs(#require(line.cost(at: 0.97)) - 13.5) < 1e-12)
    }

    @Test("outside the line's QoS there is no cost")
    func outside() {
        let line = line([(0.9, 12), (0.98, 14)])
        #expect(line.cost(at: 0.8999) == nil)
        #expect(line.cost(at: 0.9801) == nil)
        #expect(self.line([]).cost(at: 0.9) == nil)
        #expect(self.line([(0.9, 12)]).cost(at: 0.9) == 12)
    }

    @Test("what costs more for no more QoS, and what a mixture beats, is not of the line")
    func dominated() {
        let line = line([(0.9, 12), (0.85, 13), (0.99, 20), (0.95, 18), (0.96, 14), (0.99, 21)])
        #expect(line.points.map(\.cost) == [12, 14, 20])
    }

    @Test("any points: the line rises, is convex, and no point is below it")
    func properties() {
        var generator = SplitMix64(seed: 8)
        for trial in 0..<300 {
            let points = (0...(trial % 20)).map { _ in
                FixedLine.Point(
                    qos: Double(Int.random(in: 0...40, using: &generator)) / 40,
                    cost: Double(Int.random(in: 1...30, using: &generator)))
            }
            let hull = FixedLine(points).points
            #expect(zip(hull, hull.dropFirst()).allSatisfy { $0.qos < $1.qos && $0.cost < $1.cost })
            let slopes = zip(hull, hull.dropFirst()).map { ($1.cost - $0.cost) / ($1.qos - $0.qos) }
            #expect(zip(slopes, slopes.dropFirst()).allSatisfy { $0 <= $1 })
            for point in points {
                if let cost = FixedLine(points).cost(at: point.qos) { #expect(cost <= point.cost + 1e-9) }
            }
        }
    }
}
