import Testing

@testable import Evaluation

@Suite struct SampleTests {
    @Test("mean, deviation and quantiles of known numbers")
    func known() {
        let values = [2.0, 4, 4, 4, 5, 5, 7, 9]
        #expect(Sample.mean(values) == 5)
        #expect(abs(Sample.deviation(values) - (32.0 / 7).squareRoot()) < 1e-12)
        #expect(Sample.quantile(0, ofSorted: values) == 2)
        #expect(Sample.quantile(0.5, ofSorted: values) == 4.5)
        #expect(Sample.quantile(1, ofSorted: values) == 9)
        #expect(Sample.quantile(0.25, ofSorted: [1, 2]) == 1.25)
    }

    @Test("equal values have exactly their value as mean and no deviation", arguments: [0.1, 1.0 / 3, -7e90])
    func equal(value: Double) {
        let values = Array(repeating: value, count: 7)
        #expect(Sample.mean(values) == value)
        #expect(Sample.deviation(values) == 0)
    }

    @Test("none and one have no deviation")
    func few() {
        #expect(Sample.mean([]) == 0)
        #expect(Sample.deviation([]) == 0)
        #expect(Sample.deviation([3]) == 0)
        #expect(Sample.quantile(0.5, ofSorted: []) == 0)
        #expect(Sample.quantile(0.5, ofSorted: [3]) == 3)
    }
}
