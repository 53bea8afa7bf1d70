import Testing

@testable import Pages

@Suite struct NumberTextTests {
    @Test(
        "numbers for people",
        arguments: [
            (1.005, 1, false, "1.0"), (-0.001, 2, false, "0.00"), (-0.001, 2, true, "0.00"), (0.25, 2, true, "+0.25"),
            (-3, 0, true, "-3"), (1e20, 2, false, "1e+20"), (0, 1, true, "0.0"),
        ])
    func fixed(value: Double, decimals: Int, signed: Bool, expected: String) {
        #expect(NumberText.fixed(value, decimals, signed: signed) == expected)
    }

    @Test(
        "ticks have the decimals of their step",
        arguments: [
            (10.0, 5.0, "10"), (0.3, 0.1, "0.3"), (1, 0.25, "1.0"), (2, 0.05, "2.00"), (12_000, 2_000, "12\u{2009}000"),
            (-1e6, 1e6, "-1\u{2009}000\u{2009}000"), (5_000, 1_000, "5000"),
        ])
    func tick(value: Double, step: Double, expected: String) {
        #expect(NumberText.tick(value, step: step) == expected)
    }
}
