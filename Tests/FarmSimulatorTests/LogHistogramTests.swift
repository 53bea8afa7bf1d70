import Foundation
import TestSupport
import Testing

@testable import FarmSimulator

struct LogHistogramTests {
    private let shares = [0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1]

    private func check(_ values: [Double], _ comment: Comment) {
        var histogram = LogHistogram()
        for value in values { histogram.add(value) }
        let sorted = values.sorted()
        for share in shares {
            let rank = max(Int((share * Double(values.count)).rounded(.up)), 1)
            let exact = sorted[rank - 1]
            let got = histogram.quantile(share) ?? .nan
            #expect(abs(got - exact) <= 0.016 * exact, "\(comment): \(share) of \(values.count)")
        }
    }

    @Test("Quantiles are within 1.6 %, of smooth distributions and of lumps anywhere in a bucket", arguments: 0..<40)
    func quantiles(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let count = generator.whole(1...3_000)
        check((0..<count).map { _ in exp(generator.number(-9...12)) }, "log-uniform")
        check((0..<count).map { _ in generator.number(0.5...0.7) }, "uniform")
        let lumps = (0..<5).map { _ in exp(generator.number(-3...3)) }
        check((0..<count).map { _ in lumps[generator.whole(0...4)] }, "lumps")
    }

    @Test("A lump at a bucket's lower edge, among others below and above")
    func edges() {
        check([0.1] + Array(repeating: 1.0, count: 1_000) + [9], "lower edge")
        check([0.1] + Array(repeating: (1 + 1.0 / 32).nextDown, count: 1_000) + [9], "upper edge")
    }

    @Test("One number is itself; none is nil; what is out of range is kept between least and most")
    func few() {
        var histogram = LogHistogram()
        let none = histogram.quantile(0.5)
        #expect(none == nil)
        histogram.add(0.123)
        let one = shares.map { histogram.quantile($0) }
        #expect(one.allSatisfy { $0 == 0.123 })
        histogram.removeAll()
        let again = histogram.quantile(0.5)
        let count = histogram.count
        #expect(again == nil && count == 0)
        for value in [0, 1e-9, 1e9] { histogram.add(value) }
        let all = shares.compactMap { histogram.quantile($0) }
        #expect(all.count == shares.count && all.allSatisfy { (0...1e9).contains($0) } && all == all.sorted())
    }

    @Test("A cleared histogram is as a new one")
    func clearing() {
        var used = LogHistogram()
        var fresh = LogHistogram()
        for index in 0..<500 { used.add(Double(index) * 0.37) }
        used.removeAll()
        for index in 1..<90 {
            used.add(Double(index))
            fresh.add(Double(index))
        }
        let one = shares.map { used.quantile($0) }
        let other = shares.map { fresh.quantile($0) }
        #expect(one == other)
    }
}
