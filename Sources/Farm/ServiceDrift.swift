/// Work that becomes slower or quicker while an episode lasts, as after a deployment or on a machine that others fill.
///
///     let drift = ServiceDrift([.init(at: 600, factor: 1), .init(at: 1_200, factor: 2)])
///     drift.factor(at: 900)  // 1.5
///
/// The work of a task is what was drawn for it, within its bounds, times the factor of the instant at which it was generated:
/// a task of a seed has the same work whoever does it, and whenever.
public struct ServiceDrift: Sendable, Hashable {
    /// A factor at an instant. Between two points it changes evenly; before the first and after the last it stays.
    public struct Point: Sendable, Hashable {
        /// Seconds from the episode's beginning.
        public var at: Double
        /// Above 0.
        public var factor: Double

        public init(at: Double, factor: Double) {
            self.at = at
            self.factor = factor
        }
    }

    /// In order of time, no two at one.
    public var points: [Point]

    public init(_ points: [Point]) { self.points = points }

    /// What work that begins its way at `time` is multiplied by; 1 without points.
    public func factor(at time: Double) -> Double {
        guard let first = points.first, let last = points.last else { return 1 }
        if time <= first.at { return first.factor }
        if time >= last.at { return last.factor }
        var (low, high) = (0, points.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if points[middle].at <= time { low = middle } else { high = middle }
        }
        let (before, after) = (points[low], points[high])
        return before.factor + (after.factor - before.factor) * (time - before.at) / (after.at - before.at)
    }

    /// The least and the largest factor; 1 and 1 without points.
    public var bounds: (least: Double, most: Double) {
        let factors = points.map(\.factor)
        return (factors.min() ?? 1, factors.max() ?? 1)
    }
}
