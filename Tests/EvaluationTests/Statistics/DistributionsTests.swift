import Foundation
import Testing

@testable import Evaluation

@Suite struct DistributionsTests {
    @Test(
        "normal quantiles are those of the tables",
        arguments: [(0.5, 0), (0.975, 1.959964), (0.025, -1.959964), (0.999, 3.090232)])
    func normal(p: Double, z: Double) {
        #expect(abs(Normal.quantile(p) - z) < 1e-6)
        #expect(abs(Normal.probability(below: z) - p) < 1e-6)
    }

    @Test(
        "Student quantiles are those of the tables",
        arguments: [
            (1, 12.7062), (2, 4.3027), (3, 3.1824), (9, 2.2622), (10, 2.2281), (30, 2.0423), (199, 1.9720),
            (999, 1.9623),
        ])
    func student(degrees: Int, t: Double) {
        #expect(abs(StudentT.quantile(within: 0.95, degreesOfFreedom: degrees) - t) < 1e-4)
    }

    @Test("the series and the expansion meet at 1,000 degrees of freedom")
    func seam() {
        let below = StudentT.quantile(within: 0.95, degreesOfFreedom: 999)
        let above = StudentT.quantile(within: 0.95, degreesOfFreedom: 1_000)
        #expect(below > above && below - above < 1e-5)
    }

    @Test("SplitMix64 gives the published numbers, and indices below their bound")
    func generator() {
        var generator = SplitMix64(seed: 1_234_567)
        let drawn = (0..<3).map { _ in generator.next() }
        #expect(drawn == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
        var counts = [0, 0, 0]
        for _ in 0..<30_000 { counts[generator.index(below: 3)] += 1 }
        #expect(counts.allSatisfy { abs($0 - 10_000) < 400 })
    }
}
