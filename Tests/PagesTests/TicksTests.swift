import Foundation
import Randomness
import Testing

@testable import Pages

@Suite struct TicksTests {
    @Test("known domains")
    func known() {
        #expect(Ticks.linear(0...10, about: 5) == [0, 2, 4, 6, 8, 10])
        #expect(Ticks.linear(0.12...0.47, about: 4) == [0.2, 0.3, 0.4])
        #expect(Ticks.linear(-7...12, about: 4) == [-5, 0, 5, 10])
        #expect(Ticks.linear(3...3, about: 4) == [3])
    }

    @Test("any domain: ticks are inside, evenly apart by 1, 2 or 5 times a power of ten, and about as many as asked")
    func properties() {
        var generator = PCG64(seed: Seed(3))
        for _ in 0..<2_000 {
            let width = pow(10, Double.random(in: -6...9, using: &generator))
            let low = Double.random(in: -3...3, using: &generator) * width
            let count = Int.random(in: 3...10, using: &generator)
            let ticks = Ticks.linear(low...low + width, about: count)
            #expect(ticks.count >= 2 && ticks.count <= 2 * count + 1)
            #expect(ticks.allSatisfy { $0 >= low - width * 1e-6 && $0 <= low + width * (1 + 1e-6) })
            let step = Ticks.step(ticks)
            let mantissa = step / pow(10, floor(log10(step) + 1e-6))
            #expect([1, 2, 5].contains { abs(mantissa - $0) < 1e-6 })
            #expect(zip(ticks, ticks.dropFirst()).allSatisfy { abs($1 - $0 - step) < step * 1e-6 })
            #expect(ticks.allSatisfy { abs(($0 / step).rounded() - $0 / step) < 1e-6 })
        }
    }

    @Test("domains that have no room for ticks, or no end, give one value and no loop")
    func degenerate() {
        #expect(Ticks.linear(1e16...1e16 + 2, about: 5).count <= 3)
        #expect(Ticks.linear(-1e308...1e308, about: 5).count == 1)
        #expect(Ticks.counts(through: 60) == [0, 1, 2, 5, 10, 20, 50])
        #expect(Ticks.counts(through: 0) == [0])
    }
}
