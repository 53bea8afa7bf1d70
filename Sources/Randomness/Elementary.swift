/// Elementary functions from IEEE 754 basic operations alone: equal to the last bit on every processor and in every build,
/// which the platform's own are not. Within 1 ulp of the true value, as in fdlibm (Sun Microsystems, 1993), whose
/// reductions and coefficients these are.
public enum Elementary {
    /// The natural logarithm; -∞ at 0, not-a-number below.
    @inlinable
    public static func log(_ x: Double) -> Double {
        var x = x
        var shift = 0.0
        if x < 0x1p-1022 {
            if x == 0 { return -.infinity }
            guard x > 0 else { return .nan }
            x *= 0x1p54
            shift = -54
        }
        guard x < .infinity else { return x }
        // x = 2^k · z with z in [√½, √2).
        let bits = x.bitPattern
        let k = Int64(bitPattern: bits &- 0x3FE6_A09E_667F_3BCD) >> 52
        let z = Double(bitPattern: bits &- UInt64(bitPattern: k << 52))
        let exponent = Double(k) + shift
        let f = z - 1
        let s = f / (2 + f)
        let z2 = s * s
        let w = z2 * z2
        let even = w * (0.3999999999940941908 + w * (0.2222219843214978396 + w * 0.1531383769920937332))
        let odd =
            z2
            * (0.6666666666666735130 + w
                * (0.2857142874366239149 + w * (0.1818357216161805012 + w * 0.1479819860511658591)))
        let half = 0.5 * f * f
        return exponent * 6.93147180369123816490e-01
            - ((half - (s * (half + even + odd) + exponent * 1.90821492927058770002e-10)) - f)
    }

    /// e to the power of `x`; 0 below -745.2, ∞ above 709.8. By a table of 2^(i/128) and a polynomial on what remains
    /// (Tang, ACM Transactions on Mathematical Software 15(2), 1989); within 2 ulp.
    @inline(__always)
    public static func exp(_ x: Double) -> Double {
        guard x < 709.782712893383973096 else { return x.isNaN ? x : .infinity }
        guard x > -745.133219101941108420 else { return 0 }
        // Adding 1.5 · 2^52 rounds to a whole number, which then stands in the last bits.
        let shifted = x * 184.664965233787316142071035 + 0x1.8p52
        let n = shifted - 0x1.8p52
        let r = (x - n * 0x1.62e42fefa0000p-8) - n * 0x1.cf79abc9e3b39p-47
        let index = shifted.bitPattern
        let square = r * r
        let rest =
            r + square * (0.5 + r * 0x1.5555555555555p-3) + square * square
            * (0x1.5555555555555p-5 + r * 0x1.1111111111111p-7)
        let power = powersOfTwo[Int(truncatingIfNeeded: index & 127)]
        // The whole number's higher bits, signed; above them stand those of 1.5 · 2^52.
        let exponent = Int64(truncatingIfNeeded: index << 13) >> 20
        if abs(exponent) < 1_000 {
            let scale = Double(bitPattern: power &+ UInt64(bitPattern: exponent << 52))
            return scale + scale * rest
        }
        // In two steps, since the exponent may lie outside those of normal numbers.
        let half = exponent / 2
        let scale = Double(bitPattern: power &+ UInt64(bitPattern: half << 52))
        return (scale + scale * rest) * Double(bitPattern: UInt64(bitPattern: (1_023 + exponent - half) << 52))
    }

    /// log(1 + x) without the loss of digits near 0, for x > -1.
    @inlinable
    public static func log1p(_ x: Double) -> Double {
        let u = 1 + x
        guard u.isFinite, u > 0 else { return log(u) }
        return log(u) + (x - (u - 1)) / u
    }

    /// sin(2π · `turns`).
    @inlinable
    public static func sine(turns: Double) -> Double {
        guard turns.isFinite else { return .nan }
        let whole = (4 * turns).rounded()
        let x = (turns - whole / 4) * 6.28318530717958647692
        let z = x * x
        let sine =
            x + x * z
            * (-1.66666666666666324348e-01
                + z
                * (8.33333333332248946124e-03
                    + z
                    * (-1.98412698298579493134e-04
                        + z
                        * (2.75573137070700676789e-06
                            + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)))))
        let cosine =
            1 - 0.5 * z + z * z
            * (4.16666666666666019037e-02
                + z
                * (-1.38888888888741095749e-03
                    + z
                    * (2.48015872894767294178e-05
                        + z
                        * (-2.75573143513906633035e-07
                            + z * (2.08757232129817482790e-09 - z * 1.13596475577881948265e-11)))))
        let quadrant = whole.truncatingRemainder(dividingBy: 4)
        switch quadrant < 0 ? quadrant + 4 : quadrant {
        case 0: return sine
        case 1: return cosine
        case 2: return -sine
        default: return -cosine
        }
    }
}
