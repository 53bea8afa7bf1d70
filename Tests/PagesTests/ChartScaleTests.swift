import Testing

@testable import Pages

@Suite struct ChartScaleTests {
    @Test("the ends of the domain are the ends of the axis, whatever the spread")
    func ends() {
        for spread in [ChartScale.Spread.even, .towardsOne, .logarithmic] {
            let scale = ChartScale(0.5...1, from: 300, to: 20, spread)
            #expect(abs(scale.position(0.5) - 300) < 1e-9 && abs(scale.position(1) - 20) < 1e-9)
        }
    }

    @Test("stretched towards one: 0.9, 0.99 and 0.999 are well apart")
    func stretched() {
        let scale = ChartScale(0...1, from: 0, to: 300, .towardsOne)
        let positions = [0.0, 0.9, 0.99, 0.999, 1].map(scale.position)
        #expect(zip(positions, positions.dropFirst()).allSatisfy { $1 - $0 > 25 })
    }

    @Test("ticks keep their distance and stand where their value is")
    func spacing() {
        for (domain, spread) in [
            (0.4...1.0, ChartScale.Spread.towardsOne), (0.0...500, .logarithmic), (0.91...0.99, .even),
        ] {
            let scale = ChartScale(domain, from: 400, to: 0, spread)
            let ticks = scale.ticks(spacing: 30, percent: true)
            #expect(ticks.count > 2)
            #expect(ticks.allSatisfy { abs(scale.position($0.value) - $0.position) < 1e-9 })
            #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0.position - $1.position > 19 })
        }
    }

    @Test("labels are round: percent where asked")
    func labels() {
        let percent = ChartScale(0.95...1, from: 400, to: 0).ticks(spacing: 80, percent: true)
        #expect(percent.map(\.label) == ["95", "96", "97", "98", "99", "100"])
        let nines = ChartScale(0.5...1, from: 500, to: 0, .towardsOne).ticks(spacing: 20).map(\.label)
        #expect(nines.contains("99.9") && nines.contains("99") && nines.contains("90") && nines.last == "100")
    }

    @Test("a domain of one value is an axis all the same", arguments: [0.0, 12, -1e90])
    func degenerate(value: Double) {
        let scale = ChartScale(value...value, from: 0, to: 100)
        #expect(abs(scale.position(value) - 50) < 1)
    }
}
