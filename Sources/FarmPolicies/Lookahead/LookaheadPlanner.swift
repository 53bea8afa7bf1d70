public import Farm
public import Randomness

/// The number of workers that costs least over sampled futures, each played on a copy of the farm (``StageStates``).
///
///     var planner = LookaheadPlanner(scenario.stages.first, deadline: scenario.deadline, window: 8)
///     let workers = planner.workers(view, futures: futures, work: work, spread: spread, using: &generator)
///
/// All numbers meet the same tasks, services and start-ups (common random numbers). A number holds for the first window. After it
/// each future is followed by a number that its level would need, with head-room, and its backlog; at the end of the last window
/// what still waits is played until it is done, with the workers that it would be given, and what would come meanwhile is priced by
/// its rate, and the work that waits by the workers' price. Without that, letting go whatever is late already would look cheap.
public struct LookaheadPlanner: Sendable {
    /// What a task that misses its deadline costs, and a paid worker-second.
    public struct Prices: Sendable, Hashable {
        public var miss: Double
        public var worker: Double

        public init(miss: Double = 1, worker: Double = 0.03) {
            self.miss = miss
            self.worker = worker
        }
    }

    /// What an operator sees of a stage at a decision. Times are scenario seconds.
    public struct View: Sendable, Hashable {
        public var now = 0.0
        /// Tasks that wait, and the age of the oldest.
        public var waiting = 0
        public var oldestAge = 0.0
        public var running = 0
        /// Workers that can take a task, now or after their present one.
        public var ready = 0
        public var draining = 0
        /// When each of those that start was asked for.
        public var askedAt: [Double] = []

        public init() {}
    }

    /// Simulated tasks of a decision at most, about: with more of them there are fewer futures, 16 at least.
    static let budget = 500_000.0
    /// Workers beside those that a level needs, in square roots of their number.
    static let headroom = 1.5
    /// Windows for which arrivals are priced that come while a backlog is drained, and the share of their price that those
    /// count for which come later: nobody knows whether they will, but a longer backlog must never cost the same as a shorter one.
    static let drainWindows = 1.0
    static let beyond = 0.02

    public let stage: Stage
    public let deadline: DeadlineRule
    /// Seconds.
    public let window: Double
    public let prices: Prices
    private let sampling = Sampling()

    public init(_ stage: Stage, deadline: DeadlineRule, window: Double, prices: Prices = Prices()) {
        self.stage = stage
        self.deadline = deadline
        self.window = window.isFinite ? min(max(window, 1e-3), 1e6) : 1
        self.prices = prices
    }

    /// Of one of a scenario's stages, which has its share of a task's time.
    init(_ stage: Stage, of scenario: Scenario, prices: Prices) {
        let (deadline, share) = (scenario.deadline, stage.deadlineShare)
        self.init(
            stage,
            deadline: DeadlineRule(
                factor: deadline.factor * share, min: deadline.min * share, max: deadline.max * share),
            window: scenario.stepSeconds, prices: prices)
    }

    /// Tasks of a window that are worth playing: twice what all workers can do in it. With more all numbers lose alike.
    func most(_ work: WorkEstimate) -> Int {
        let most = 2 * Double(max(stage.workers.max, 1)) * window / work.mean
        return Int(min(max(most.finite(or: 20_000), 100), 20_000))
    }

    /// How many of these futures can be played within the ``budget``, 16 at least.
    func affordable(_ futures: [CountFuture], waiting: Int, work: WorkEstimate) -> Int {
        let most = most(work)
        let tasks = futures.reduce(0) { sum, future in
            sum + min(max(waiting, 0), most) + future.counts.reduce(0) { $0 + min(max($1, 0), most) }
        }
        // Some 14 numbers are tried.
        let mean = max(Double(tasks) / Double(max(futures.count, 1)), 1)
        return min(futures.count, max(16, Int(LookaheadPlanner.budget / (14 * mean))))
    }

    /// The cheapest number of workers, the lower one of equals. A view that no farm can have gives some number within bounds.
    ///
    /// - Parameter futures: one at least, of one window or more each.
    public func workers(
        _ view: View, futures: [CountFuture], work: WorkEstimate, spread: ArrivalSpread, using generator: inout PCG64
    ) -> Int {
        var rollout = Rollout(self, view, futures, work, spread, sampling, &generator)
        let bounds = stage.workers
        guard bounds.max > bounds.min, !futures.isEmpty else { return bounds.clamp(view.ready) }
        let most = min(bounds.max, max(bounds.min, 10_000))
        let present = min(bounds.clamp(view.ready &+ view.askedAt.count), most)
        var costs: [Int: Double] = [:]
        var best = present
        func consider(_ number: Int) {
            guard number >= bounds.min, number <= most, costs[number] == nil else { return }
            let cost = rollout.cost(of: number)
            costs[number] = cost
            let known = costs[best] ?? .infinity
            if cost < known || cost == known && number < best { best = number }
        }
        consider(present)
        var coarse = Double(bounds.min)
        while coarse < Double(most) {
            consider(Int(coarse))
            coarse = max(coarse + 1, coarse * 1.35)
        }
        consider(most)
        for step in [3, 2, 1, 1] {
            let centre = best
            consider(centre - step)
            consider(centre + step)
        }
        return best
    }
}
