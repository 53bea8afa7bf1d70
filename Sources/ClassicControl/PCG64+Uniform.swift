import Randomness

extension PCG64 {
    /// NumPy's `Generator.uniform(low, high)`.
    @inline(__always)
    mutating func uniform(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * nextDouble()
    }
}
