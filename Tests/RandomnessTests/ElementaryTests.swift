import Foundation
import Testing

@testable import Randomness

/// Against the platform's functions, which are within 1 ulp themselves.
struct ElementaryTests {
    private static let draws = 200_000

    /// In units of the last place of `expected`.
    private func error(_ got: Double, _ expected: Double) -> Double {
        if got == expected || got.isNaN && expected.isNaN { return 0 }
        return abs(got - expected) / expected.ulp
    }

    private func worst(_ draw: (inout PCG64) -> (got: Double, expected: Double)) -> Double {
        var generator = PCG64(seed: Seed(1))
        var worst = 0.0
        for _ in 0..<Self.draws {
            let pair = draw(&generator)
            let error = error(pair.got, pair.expected)
            worst = error.isNaN ? .infinity : max(worst, error)
        }
        return worst
    }

    @Test("log: every positive number, subnormal ones too")
    func log() {
        let everywhere = worst { generator in
            let x = Double(bitPattern: generator.next() >> 1)
            return x.isFinite && x > 0 ? (Elementary.log(x), Foundation.log(x)) : (0, 0)
        }
        #expect(everywhere <= 2)
        let nearOne = worst { generator in
            let x = 1 + (generator.nextDouble() - 0.5) * 0.1
            return (Elementary.log(x), Foundation.log(x))
        }
        #expect(nearOne <= 2)
        let unit = worst { generator in
            let x = generator.nextDouble()
            return (Elementary.log(x), Foundation.log(x))
        }
        #expect(unit <= 2)
        let subnormal = worst { generator in
            let x = Double(bitPattern: generator.next() >> 12 | 1)
            return (Elementary.log(x), Foundation.log(x))
        }
        #expect(subnormal <= 2)
    }

    @Test("log of what has none")
    func logSpecial() {
        #expect(Elementary.log(1) == 0)
        #expect(Elementary.log(0) == -.infinity && Elementary.log(-0.0) == -.infinity)
        #expect(Elementary.log(.infinity) == .infinity)
        for x in [-1, -Double.leastNonzeroMagnitude, -.infinity, .nan] { #expect(Elementary.log(x).isNaN) }
        #expect(error(Elementary.log(.greatestFiniteMagnitude), Foundation.log(.greatestFiniteMagnitude)) <= 2)
        #expect(error(Elementary.log(.leastNonzeroMagnitude), Foundation.log(.leastNonzeroMagnitude)) <= 2)
        for x in [1.nextUp, 1.nextDown, 2.squareRoot(), 0.5.squareRoot()] as [Double] {
            #expect(error(Elementary.log(x), Foundation.log(x)) <= 2)
        }
    }

    @Test("exp: wherever it is a normal number", arguments: [1e-12, 0.01, 1, 40, 708])
    func exp(span: Double) {
        let worst = worst { generator in
            let x = (2 * generator.nextDouble() - 1) * span
            return (Elementary.exp(x), Foundation.exp(x))
        }
        #expect(worst <= 2)
    }

    @Test("exp near its ends, where it is subnormal or overflows")
    func expEnds() {
        let subnormal = worst { generator in
            let x = -708 - generator.nextDouble() * 37.2
            return (Elementary.exp(x), Foundation.exp(x))
        }
        #expect(subnormal <= 2)
        let large = worst { generator in
            let x = 709.78 - generator.nextDouble() * 5
            return (Elementary.exp(x), Foundation.exp(x))
        }
        #expect(large <= 2)
        #expect(Elementary.exp(0) == 1 && Elementary.exp(-0.0) == 1)
        #expect(Elementary.exp(-.infinity) == 0 && Elementary.exp(-746) == 0 && Elementary.exp(-1e300) == 0)
        #expect(Elementary.exp(.infinity) == .infinity && Elementary.exp(710) == .infinity)
        #expect(Elementary.exp(.nan).isNaN)
        #expect(Elementary.exp(709.78).isFinite && Elementary.exp(-745) > 0)
        #expect(Elementary.exp(.leastNonzeroMagnitude) == 1)
    }

    @Test("log1p keeps the digits of small numbers")
    func log1p() {
        for span in [1e-300, 1e-17, 1e-9, 1e-3, 0.9] {
            let worst = worst { generator in
                let x = (2 * generator.nextDouble() - 1) * span
                return (Elementary.log1p(x), Foundation.log1p(x))
            }
            #expect(worst <= 3, "\(span)")
        }
        let large = worst { generator in
            let x = Foundation.exp(generator.nextDouble() * 700)
            return (Elementary.log1p(x), Foundation.log1p(x))
        }
        #expect(large <= 2)
        #expect(Elementary.log1p(0) == 0 && Elementary.log1p(-1) == -.infinity && Elementary.log1p(-2).isNaN)
        #expect(Elementary.log1p(.infinity) == .infinity && Elementary.log1p(.nan).isNaN)
    }

    @Test("The sine of turns: exact at quarters, within 1e-15 elsewhere, at any number of turns")
    func sine() {
        for turns in -40...40 {
            let expected = [0.0, 1, 0, -1][(turns % 4 + 4) % 4]
            #expect(Elementary.sine(turns: Double(turns) / 4) == expected)
        }
        var generator = PCG64(seed: Seed(1))
        var worst = 0.0
        for _ in 0..<Self.draws {
            let turns = 2 * generator.nextDouble() - 1
            worst = max(worst, abs(Elementary.sine(turns: turns) - sin(2 * .pi * turns)))
            // Whole turns change nothing, but for what the sum loses.
            let whole = (generator.nextDouble() * 1e6).rounded()
            let rest = (turns + whole) - whole
            #expect(Elementary.sine(turns: turns + whole) == Elementary.sine(turns: rest))
        }
        #expect(worst < 1e-15, "\(worst)")
        #expect(Elementary.sine(turns: .infinity).isNaN && Elementary.sine(turns: .nan).isNaN)
        #expect(abs(Elementary.sine(turns: 1e300)) <= 1)
    }

    @Test("The table of powers has the nearest double to each")
    func powers() {
        #expect(powersOfTwo.count == 128)
        for (index, bits) in powersOfTwo.enumerated() {
            #expect(error(Double(bitPattern: bits), Foundation.exp2(Double(index) / 128)) <= 1)
        }
    }

    /// Whatever the processor and the compiler: these were noted once, and the distributions are built on them.
    @Test("Bits never change")
    func bits() {
        let log = [0.1, 2, 0x1p-1070, 12_345.678].map { Elementary.log($0).bitPattern }
        let exp = [-700.5, -1, 0.3, 20, -740].map { Elementary.exp($0).bitPattern }
        let sine = [0.1, 0.3, 0.77, 123.456].map { Elementary.sine(turns: $0).bitPattern }
        let log1p = [1e-9, 0.5, -0.75].map { Elementary.log1p($0).bitPattern }
        #expect(log == [0xc002_6bb1_bbb5_5515, 0x3fe6_2e42_fefa_39ef, 0xC087_2D57_016E_7789, 0x4022_d795_5979_1e31])
        #expect(
            exp == [
                0x00c4_ff47_5c68_ca02, 0x3fd7_8b56_362c_ef37, 0x3ff5_9905_8c8c_1a95, 0x41bc_eb08_8b68_e804,
                0x0000_0000_0000_0055,
            ])
        #expect(sine == [0x3fe2_cf23_0475_5a5e, 0x3fee_6f0e_1344_5500, 0xbfef_bf67_5480_d902, 0x3fd1_780b_651b_4f98])
        #expect(log1p == [0x3e11_2e0b_e801_f1d9, 0x3fd9_f323_ecbf_984c, 0xbff6_2e42_fefa_39ef])
    }
}
