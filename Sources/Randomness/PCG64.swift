/// NumPy's default bit generator: PCG64, the XSL-RR variant with a 128-bit state (O'Neill, HMC-CS-2014-0905).
public struct PCG64: RandomNumberGenerator, Sendable, Hashable {
    @usableFromInline var state: UInt128
    @usableFromInline let increment: UInt128

    /// The generator of `numpy.random.default_rng(seed)`.
    public init(seed: Seed) {
        self.init(SeedSequence(seed))
    }

    /// The generator of `numpy.random.default_rng(SeedSequence(seed, spawn_key=(stream,)))`: streams of one seed are
    /// independent of each other.
    public init(seed: Seed, stream: UInt32) {
        self.init(SeedSequence(seed, spawnKey: stream))
    }

    private init(_ sequence: SeedSequence) {
        let words = sequence.state(4)
        increment = (UInt128(words[2]) << 64 | UInt128(words[3])) << 1 | 1
        state = 0
        step()
        state &+= UInt128(words[0]) << 64 | UInt128(words[1])
        step()
    }

    @inlinable
    public mutating func next() -> UInt64 {
        step()
        let high = UInt64(truncatingIfNeeded: state >> 64)
        let folded = high ^ UInt64(truncatingIfNeeded: state)
        let rotation = high >> 58
        return folded >> rotation | folded << ((64 &- rotation) & 63)
    }

    /// A double in [0, 1) with 53 random bits: NumPy's `random()`.
    @inlinable
    public mutating func nextDouble() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    @inlinable
    mutating func step() {
        // A literal, so that no global is loaded.
        state = state &* (UInt128(0x2360_ED05_1FC6_5DA4) << 64 | 0x4385_DF64_9FCC_F645) &+ increment
    }
}
