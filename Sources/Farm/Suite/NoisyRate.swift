import Randomness

/// A rate that wanders round a course, as that of a service whose users come and go in groups.
///
/// The logarithm's deviation from the course is an autoregressive process of order one. The path is part of the scenario, equal on
/// every platform: seeds of episodes move the tasks, not the path.
struct NoisyRate {
    /// Standard deviation of the rate's logarithm.
    var deviation: Double
    /// Seconds after which a deviation has fallen to 1/e.
    var memory: Double
    /// Length of a stretch of constant rate, in seconds.
    var stretch: Double

    /// - Parameters:
    ///   - seconds: of the whole, a multiple of ``stretch``.
    ///   - seed: of the path.
    ///   - course: tasks a second at a time, without noise.
    /// - Returns: stretches of constant rate.
    func phases(seconds: Double, seed: UInt64, course: (_ time: Double) -> Double) -> [Arrivals.Phase] {
        var generator = PCG64(seed: Seed(seed))
        let sampling = Sampling()
        let kept = Elementary.exp(-stretch / memory)
        let fresh = (1 - kept * kept).squareRoot()
        var noise = sampling.normal(using: &generator)
        return (0..<Int((seconds / stretch).rounded())).map { index in
            let middle = (Double(index) + 0.5) * stretch
            // The mean of a log-normal factor is 1.
            let factor = Elementary.exp(deviation * noise - deviation * deviation / 2)
            noise = kept * noise + fresh * sampling.normal(using: &generator)
            return Arrivals.Phase(
                name: "stretch-\(index + 1)", seconds: stretch, rate: .constant(course(middle) * factor))
        }
    }
}
