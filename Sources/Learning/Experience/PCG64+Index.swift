import Randomness

extension PCG64 {
    /// An index below `count`, all equally probable as far as 32 bits can tell. `count` is 1 or more.
    mutating func index(below count: Int) -> Int {
        Int(truncatingIfNeeded: ((next() >> 32) &* UInt64(count)) >> 32)
    }
}
