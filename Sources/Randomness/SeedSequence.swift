/// NumPy's `SeedSequence`: turns an integer seed into well-mixed words.
///
/// NumPy guarantees that its streams stay the same, so equal seeds give the random numbers that
/// `gymnasium.utils.seeding.np_random(seed)` gives.
public struct SeedSequence: Sendable {
    private var pool: [UInt32] = [0, 0, 0, 0]

    /// - Parameter spawnKey: as in `SeedSequence(seed, spawn_key=(spawnKey,))`; nil: none.
    public init(_ seed: Seed, spawnKey: UInt32? = nil) {
        var constant: UInt32 = 0x43b0_d7e5
        func hash(_ value: UInt32) -> UInt32 {
            var value = value ^ constant
            constant &*= 0x931e_8875
            value &*= constant
            return value ^ (value >> 16)
        }
        func mix(_ x: UInt32, _ y: UInt32) -> UInt32 {
            let result = 0xca01_f9dd &* x &- 0x4973_f715 &* y
            return result ^ (result >> 16)
        }
        var entropy = seed.words
        if let spawnKey {
            // NumPy fills up the pool first, so that a spawned sequence is not that of a longer seed.
            entropy += Array(repeating: 0, count: max(0, pool.count - entropy.count)) + [spawnKey]
        }
        for index in 0..<4 {
            pool[index] = hash(index < entropy.count ? entropy[index] : 0)
        }
        for source in 0..<4 {
            for target in 0..<4 where target != source {
                pool[target] = mix(pool[target], hash(pool[source]))
            }
        }
        for word in entropy.dropFirst(4) {
            for target in 0..<4 {
                pool[target] = mix(pool[target], hash(word))
            }
        }
    }

    /// `generate_state(count, dtype=uint64)`.
    public func state(_ count: Int) -> [UInt64] {
        var constant: UInt32 = 0x8b51_f9dd
        let words = (0..<count * 2).map { index -> UInt32 in
            var value = pool[index % 4] ^ constant
            constant &*= 0x58f3_8ded
            value &*= constant
            return value ^ (value >> 16)
        }
        return (0..<count).map { UInt64(words[2 * $0]) | UInt64(words[2 * $0 + 1]) << 32 }
    }
}
