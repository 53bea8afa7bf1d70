public import Randomness

/// What is learnt of the arrivals of a farm, window by window: counts in, sampled futures out.
///
/// Anything that can say how many tasks the coming windows may bring can be put under ``LookaheadPlanner``: a model that learns on
/// line (``CountModel``), one that was trained before, or one that has been told.
public protocol ArrivalForecaster: Sendable {
    /// Before an episode. Forgets the last one.
    ///
    /// - Parameter count: tasks that a window may bring, for want of anything better; above 0.
    mutating func begin(expecting count: Double)

    /// A window has ended with so many arrivals, 0 or more.
    mutating func observe(_ arrivals: Int)

    /// Draws futures. Equal states and generators give equal draws.
    ///
    /// - Parameters:
    ///   - count: how many, one at least.
    ///   - windows: how far they reach, one window at least.
    /// - Returns: `count` futures whose weights come to 1.
    func futures(_ count: Int, windows: Int, using generator: inout PCG64) -> [CountFuture]
}

/// One course that arrivals may take.
public struct CountFuture: Sendable, Hashable {
    /// Its part of the probability.
    public var weight: Double
    /// Tasks of each coming window.
    public var counts: [Int]
    /// The expected number of each coming window, but for chance: what somebody who follows the load would know of it afterwards.
    public var levels: [Double]
    /// What whoever decides at the beginning of a coming window takes for its tasks, for each of them; nil: what the window before
    /// tells, half its level and half its count.
    public var expected: [Double]?

    public init(weight: Double, counts: [Int], levels: [Double], expected: [Double]? = nil) {
        self.weight = weight
        self.counts = counts
        self.levels = levels
        self.expected = expected
    }
}
