import Testing

@testable import Pages

@Suite struct StepLineTests {
    @Test("no line of steps has a slope: it goes along an axis from point to point, and through all that was read")
    func noSlopes() {
        let points = [(0.0, 3.0), (1, 3), (2, 5), (4, 1), (4.5, 1), (5, 9)]
        for line in [StepLine.held(points), StepLine.spans(from: -1, points)] {
            #expect(zip(line, line.dropFirst()).allSatisfy { $0.0 == $1.0 || $0.1 == $1.1 })
            #expect(points.allSatisfy { point in line.contains { $0 == point } })
        }
        #expect(StepLine.held([]).isEmpty && StepLine.spans(from: 0, []).isEmpty)
    }

    @Test("a value of a stretch covers all of it")
    func spans() {
        let line = StepLine.spans(from: 0, [(10, 2), (20, 4)])
        #expect(line.map(\.0) == [0, 10, 10, 20] && line.map(\.1) == [2, 2, 4, 4])
    }

    @Test(
        "axes of time have units that people read", arguments: [(60.0, "s"), (900, "s"), (3_600, "min"), (86_400, "h")])
    func units(seconds: Double, name: String) {
        #expect(TimeUnit(spanning: seconds).name == name)
    }
}
