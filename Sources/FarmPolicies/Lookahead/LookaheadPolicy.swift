import Farm
import FarmModel
import Randomness

/// Simulation as the model: at each decision futures of the arrivals are sampled from what was learnt of them (``CountModel``),
/// numbers of workers are played in all of them from the farm's present state, and the cheapest is asked for
/// (``LookaheadPlanner``).
///
/// Service times are learnt from what is measured, with the scenario's distribution as their shape and first mean; start-ups are the
/// scenario's. Of the scenario's arrivals it looks at nothing.
struct LookaheadPolicy: StageRule {
    static let samples = PolicyParameter(
        "samples", .whole(1...512), default: "48", "futures that are sampled at a decision")
    static let horizon = PolicyParameter("horizon", .whole(1...8), default: "2", "windows that they reach")
    static let miss = PolicyParameter("miss", .number(0...1_000_000), default: "1", "price of a missed deadline")
    static let worker = PolicyParameter(
        "worker", .number(0...1_000_000), default: "0.03", "price of a paid worker-second")
    static let seed = PolicyParameter("seed", .whole(0...1_000_000_000), default: "0", "of what it samples")
    static let description = PolicyDescription(
        "lookahead", "the cheapest number over sampled futures, each played on a simulated copy of the farm",
        parameters: [samples, horizon, miss, worker, seed], needs: .arrivals, source: "FaaSFarm, docs/policies.md"
    ) { arguments throws(PolicyError) in LookaheadPolicy(arguments) }

    let name: String
    private let samples: Int
    private let horizon: Int
    private let prices: LookaheadPlanner.Prices
    private let start: PCG64
    private var planner: LookaheadPlanner?
    private var forecaster: any ArrivalForecaster = CountModel()
    private var work = WorkEstimate(ServiceTime(.constant(1)))
    private var spread = ArrivalSpread()
    private var askedAt: [Double] = []
    private var initial = 0
    private var windows = 0

    /// Windows after which the initial number says nothing any more.
    private static let trust = 60

    init(_ arguments: PolicyArguments) {
        name = arguments.canonicalName
        samples = arguments.whole(LookaheadPolicy.samples)
        horizon = arguments.whole(LookaheadPolicy.horizon)
        prices = LookaheadPlanner.Prices(
            miss: arguments.number(LookaheadPolicy.miss), worker: arguments.number(LookaheadPolicy.worker))
        start = PCG64(seed: Seed(UInt64(max(arguments.whole(LookaheadPolicy.seed), 0))), stream: 17)
    }

    mutating func begin(_ stage: Stage, of scenario: Scenario) {
        let planner = LookaheadPlanner(
            stage, deadline: LookaheadPolicy.deadline(of: stage, in: scenario), window: scenario.stepSeconds,
            prices: prices)
        self.planner = planner
        work = WorkEstimate(stage.service)
        spread = ArrivalSpread()
        askedAt = []
        initial = max(stage.workers.initial, 0)
        windows = 0
        // Nothing is known but for the number that somebody has thought right for the beginning.
        forecaster.begin(
            expecting: 0.6 * Double(max(stage.workers.initial, 1)) * planner.window / work.mean)
    }

    /// A stage has its share of a task's time.
    static func deadline(of stage: Stage, in scenario: Scenario) -> DeadlineRule {
        DeadlineRule(
            factor: scenario.deadline.factor * stage.deadlineShare, min: scenario.deadline.min * stage.deadlineShare,
            max: scenario.deadline.max * stage.deadlineShare)
    }

    mutating func desired(after metrics: WindowMetrics) -> Int {
        guard let planner else { return metrics.current }
        learn(metrics, window: planner.window)
        let view = view(metrics)
        // The same draws at every decision: what differs between two of them is then what was learnt.
        var generator = start
        var futures = forecaster.futures(samples, windows: horizon, using: &generator)
        let affordable = planner.affordable(futures, waiting: view.waiting, work: work)
        if affordable < samples {
            futures = forecaster.futures(affordable, windows: horizon, using: &generator)
        }
        let workers = planner.workers(view, futures: futures, work: work, spread: spread, using: &generator)
        return metrics.withoutScaleInWhenStale(max(workers, floor))
    }

    /// Until the load has been seen for a while, what it may do is known best by whoever chose the initial number, which is a
    /// floor that sinks evenly.
    private var floor: Int {
        let left = max(LookaheadPolicy.trust - windows, 0)
        return Int(Double(initial) * Double(left) / Double(LookaheadPolicy.trust))
    }

    private mutating func learn(_ metrics: WindowMetrics, window: Double) {
        guard metrics.hasWindow else { return }
        let stage = metrics.stages.first
        // A window that was longer, or shorter, counts as one of the usual length.
        let length = metrics.windowSeconds / window
        let count = (Double(max(stage.arrivals, 0)) / length).finite(or: 0)
        windows += 1
        let recent = stage.recentArrivalRate.finite(or: 0) * metrics.windowSeconds / 3
        let believed = LookaheadPolicy.risen(count, recent: recent / length)
        forecaster.observe(Int(min(believed.rounded(), 1e6)))
        spread.learn(max(stage.arrivals, 0), recent: recent.finite(or: 0))
        if let mean = stage.serviceTimeMean { work.learn(mean: mean, of: stage.completions) }
    }

    /// The count of a window, or three times that of its last third, `recent`, where that is too high for chance: a crowd that has
    /// just come is known by it a window earlier.
    private static func risen(_ count: Double, recent: Double) -> Double {
        let usual = count / 3
        guard recent.isFinite, recent > usual + 3 * usual.squareRoot() + 1 else { return count }
        return 3 * recent
    }

    private mutating func view(_ metrics: WindowMetrics) -> LookaheadPlanner.View {
        let workers = metrics.stages.first.workers
        let starting = min(max(workers.starting, 0), 10_000)
        let now = metrics.time.finite(or: 0)
        // Those that have come are the oldest. Those that were not seen before were asked for at the last decision.
        askedAt = Array(askedAt.suffix(starting))
        let since = now - (metrics.hasWindow ? metrics.windowSeconds : 0)
        while askedAt.count < starting { askedAt.append(since) }
        var view = LookaheadPlanner.View()
        view.now = now
        view.waiting = max(metrics.queueLength, 0)
        view.oldestAge = metrics.oldestAge
        view.ready = max(workers.ready, 0)
        view.running = max(metrics.running, 0)
        if metrics.absences.contains(.running) {
            // By Little's law, as long as the workers keep up.
            let busy = (metrics.arrivalRate * work.mean).finite(or: 0)
            view.running = Int(min(max(busy.rounded(), 0), Double(view.ready)))
        }
        view.draining = max(workers.draining, 0)
        view.askedAt = askedAt
        return view
    }
}
