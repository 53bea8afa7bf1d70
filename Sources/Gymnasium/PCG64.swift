/// NumPy's default bit generator: PCG64, the XSL-RR variant with a 128-bit state (O'Neill, HMC-CS-2014-0905).
public struct PCG64: RandomNumberGenerator, Sendable, Hashable {
    private var state: UInt128
    private let increment: UInt128

    private static let multiplier = UInt128(0x2360_ED05_1FC6_5DA4) << 64 | 0x4385_DF64_9FCC_F645

    /// The generator of `numpy.random.default_rng(seed)`.
    public init(seed: Seed) {
        let words = SeedSequence(seed).state(4)
        increment = (UInt128(words[2]) << 64 | UInt128(words[3])) << 1 | 1
        state = 0
        step()
        state &+= UInt128(words[0]) << 64 | UInt128(words[1])
        step()
    }

    public mutating func next() -> UInt64 {
        step()
        let folded = UInt64(truncatingIfNeeded: state >> 64) ^ UInt64(truncatingIfNeeded: state)
        let rotation = UInt64(truncatingIfNeeded: state >> 122)
        return folded >> rotation | folded << ((64 - rotation) & 63)
    }

    /// A double in [0, 1) with 53 random bits: NumPy's `random()`.
    public mutating func nextDouble() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    private mutating func step() {
        state = state &* PCG64.multiplier &+ increment
    }
}
