import Testing

@testable import Randomness

struct SeedingTests {
    @Test(
        "The stream is NumPy's: numpy.random.PCG64(seed).random_raw(3)",
        arguments: [
            ("0", [0xa30f_ebcf_d9c2_825f, 0x4510_bdf8_82d9_d721, 0x0a7d_3da9_4ecd_e8b8] as [UInt64]),
            ("42", [0xc621_fbcd_16d9_2688, 0x705a_5661_a791_ffc1, 0xdbcd_12c2_6eda_1624]),
            ("1237940039285380274899124225", [0xad8e_e7af_fef2_4941, 0x8d07_2666_326f_cacb, 0x65fa_b5c8_ec7a_660c]),
        ])
    func numpyStream(seed: String, expected: [UInt64]) throws {
        var generator = PCG64(seed: try #require(Seed(decimal: seed)))
        var drawn: [UInt64] = []
        for _ in 0..<3 { drawn.append(generator.next()) }
        #expect(drawn == expected)
    }

    @Test("The first double of seed 0 is numpy.random.default_rng(0).random()")
    func firstDouble() {
        var generator = PCG64(seed: Seed(0))
        let first = generator.nextDouble()
        #expect(first == 0.6369616873214543)
    }

    @Test(
        "Seeds of any size keep every digit",
        arguments: ["0", "1", "4294967296", "18446744073709551616", "9007199254740993"])
    func decimalRoundTrip(digits: String) {
        #expect(Seed(decimal: digits)?.description == digits)
    }

    @Test("What is no non-negative integer is no seed", arguments: ["", "-1", "1.0", " 5", "five", "٣"])
    func notASeed(text: String) {
        #expect(Seed(decimal: text) == nil)
    }
}
