import Testing

@testable import Randomness

struct PCG64Tests {
    /// Each row by
    /// `numpy.random.PCG64(numpy.random.SeedSequence(seed, spawn_key=(stream,))).random_raw(3)`, NumPy 2.
    @Test(
        "A stream is NumPy's spawned sequence",
        arguments: [
            ("0", 0, [0xf164_5aff_cd5f_76ee, 0x50fb_78bc_0167_5596, 0xb8eb_71a2_c24c_942d] as [UInt64]),
            ("0", 1, [0xad5c_c5f1_a97c_42b5, 0x3e34_612a_5a50_a3c0, 0x9c9c_8d5a_1438_8100]),
            ("0", 4_294_967_295, [0x91cb_6105_7e27_e1b4, 0x001e_bf13_56df_ec8c, 0x9542_a30b_581d_31b8]),
            ("42", 0, [0xeaaf_bebf_7f55_d256, 0xe936_6c18_94d9_44c8, 0xe068_5dcb_37cf_f0d6]),
            ("42", 1, [0x77ad_79cb_131f_4097, 0x0be4_132b_2eb1_f48e, 0x9873_580f_a7f3_399f]),
            ("42", 4_294_967_295, [0xb5f5_8c0c_5246_0ab3, 0x57b4_8a83_9532_23a1, 0xdaac_ed8d_f1d2_288c]),
            ("18446744073709551615", 0, [0x7a54_0791_4901_16f0, 0x579f_ae08_e28c_78ed, 0xa9c1_8968_8438_d5f9]),
            ("18446744073709551615", 1, [0xa069_2a72_41de_9d6a, 0x00d9_60b0_a8f5_f31e, 0x0ca3_2b87_e316_da96]),
            (
                "18446744073709551615", 4_294_967_295,
                [0xaf90_cfe2_eb36_4f84, 0x1751_8242_df7e_7d86, 0x079a_069a_7824_b749]
            ),
            ("1237940039285380274899124225", 0, [0x1dac_d5ef_a2b9_a2c0, 0xa66a_277e_9a5a_4431, 0x09eb_a33e_a63d_19a0]),
            ("1237940039285380274899124225", 1, [0x463c_50cd_c794_a510, 0x9217_aa79_50da_e0a6, 0x7d30_5c57_4d34_75b1]),
            (
                "1237940039285380274899124225", 4_294_967_295,
                [0xac0c_5101_66f8_2d50, 0xab4c_36e0_3eb0_f39b, 0x8e04_d0fe_1226_ecaf]
            ),
            (
                "1461501637330902918203684832716283019655932542981", 0,
                [0xa6ed_ac7c_497a_51f2, 0xb5bb_72e7_d52f_1976, 0xfbc7_8498_ecbd_cb9a]
            ),
            (
                "1461501637330902918203684832716283019655932542981", 1,
                [0x5964_e72a_43d4_5be0, 0xb5a8_dd98_2d98_0f94, 0x91e2_2b2b_3fd4_ddb4]
            ),
            (
                "1461501637330902918203684832716283019655932542981", 4_294_967_295,
                [0x14b8_081b_2672_f245, 0x52bc_f2f7_b751_a19c, 0xfc72_5384_40ac_1a4c]
            ),
        ])
    func streams(seed: String, stream: UInt32, expected: [UInt64]) throws {
        var generator = PCG64(seed: try #require(Seed(decimal: seed)), stream: stream)
        var drawn: [UInt64] = []
        for _ in 0..<3 { drawn.append(generator.next()) }
        #expect(drawn == expected)
    }

    @Test("Streams of a seed, and the seed's own, have nothing in common")
    func independence() {
        var words: Set<UInt64> = []
        var generators =
            (0..<8).map { PCG64(seed: Seed(7), stream: $0) } + [PCG64(seed: Seed(7)), PCG64(seed: Seed(8))]
        for index in generators.indices {
            for _ in 0..<1_000 { words.insert(generators[index].next()) }
        }
        #expect(words.count == 10_000)
        // Correlations of neighbouring streams, within five standard errors.
        for index in 1..<generators.count {
            var sum = 0.0
            for _ in 0..<20_000 {
                sum += (generators[index - 1].nextDouble() - 0.5) * (generators[index].nextDouble() - 0.5)
            }
            #expect(abs(sum / 20_000) < 5.0 / 12 / 20_000.0.squareRoot())
        }
    }

    @Test("A longer seed is not a spawned one")
    func spawned() {
        // NumPy fills the pool of four words first; without that, these two would be one.
        let spawned = PCG64(seed: Seed(words: [1, 2, 3, 4]), stream: 5)
        let short = PCG64(seed: Seed(1), stream: 5)
        #expect(short != PCG64(seed: Seed(words: [1, 5])))
        #expect(short == PCG64(seed: Seed(words: [1, 0, 0, 0, 5])))
        #expect(spawned == PCG64(seed: Seed(words: [1, 2, 3, 4, 5])))
    }

    @Test("A copy goes on as its original does")
    func copies() {
        var original = PCG64(seed: Seed(3))
        _ = original.next()
        var copy = original
        let first = (0..<5).map { _ in original.next() }
        let second = (0..<5).map { _ in copy.next() }
        #expect(first == second)
    }
}
