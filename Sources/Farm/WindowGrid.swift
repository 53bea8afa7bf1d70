/// The instants at which windows end: an origin and its multiples of a step. Farms that are stepped together share one.
///
///     let grid = WindowGrid(origin: .now, stepSeconds: 5, speed: 10)
///     let end = grid.end(ofWindowFrom: .now)
public struct WindowGrid: Sendable, Hashable {
    public typealias Instant = ContinuousClock.Instant

    public let origin: Instant
    /// In real time.
    public let step: Duration

    /// - Parameters:
    ///   - stepSeconds: scenario seconds.
    ///   - speed: scenario seconds in a real second.
    public init(origin: Instant, stepSeconds: Double, speed: Double) {
        self.origin = origin
        // Within what an instant can be added to.
        step = .seconds(min(max(stepSeconds / speed, 1e-9), 1e9))
    }

    /// The next point that is half a step or more after the beginning of the window, so that a decision that comes late has
    /// a window of some length. Points that are skipped are merged into it.
    public func end(ofWindowFrom begun: Instant) -> Instant { point((begun - origin) / step + 0.5) }

    /// The first point at or after an instant.
    public func point(notBefore instant: Instant) -> Instant { point((instant - origin) / step) }

    private func point(_ steps: Double) -> Instant {
        // An origin may be some milliseconds ahead.
        origin + step * Int(min(max(steps.rounded(.up), 0), 1e9))
    }
}
