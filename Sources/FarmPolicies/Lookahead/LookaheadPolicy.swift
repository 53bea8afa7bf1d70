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
    private var sight: StageSight?
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
        let planner = LookaheadPlanner(stage, of: scenario, prices: prices)
        let sight = StageSight(stage)
        (self.planner, self.sight) = (planner, sight)
        initial = max(stage.workers.initial, 0)
        windows = 0
        // Nothing is known but for the number that somebody has thought right for the beginning.
        forecaster.begin(
            expecting: 0.6 * Double(max(stage.workers.initial, 1)) * planner.window / sight.work.mean)
    }

    mutating func desired(after metrics: WindowMetrics) -> Int {
        guard let planner, var sight else { return metrics.current }
        observe(metrics, window: planner.window)
        sight.learn(metrics)
        let view = sight.view(metrics)
        self.sight = sight
        // The same draws at every decision: what differs between two of them is then what was learnt.
        var generator = start
        var futures = forecaster.futures(samples, windows: horizon, using: &generator)
        let affordable = planner.affordable(futures, waiting: view.waiting, work: sight.work)
        if affordable < samples {
            futures = forecaster.futures(affordable, windows: horizon, using: &generator)
        }
        let workers = planner.workers(
            view, futures: futures, work: sight.work, spread: sight.spread, using: &generator)
        return metrics.withoutScaleInWhenStale(max(workers, floor))
    }

    /// Until the load has been seen for a while, what it may do is known best by whoever chose the initial number, which is a
    /// floor that sinks evenly.
    private var floor: Int {
        let left = max(LookaheadPolicy.trust - windows, 0)
        return Int(Double(initial) * Double(left) / Double(LookaheadPolicy.trust))
    }

    private mutating func observe(_ metrics: WindowMetrics, window: Double) {
        guard metrics.hasWindow else { return }
        // A window that was longer, or shorter, counts as one of the usual length.
        let length = metrics.windowSeconds / window
        let count = (Double(max(metrics.stages.first.arrivals, 0)) / length).finite(or: 0)
        windows += 1
        let recent = metrics.stages.first.recentArrivalRate.finite(or: 0) * metrics.windowSeconds / 3
        let believed = LookaheadPolicy.risen(count, recent: recent / length)
        forecaster.observe(Int(min(believed.rounded(), 1e6)))
    }

    /// The count of a window, or three times that of its last third, `recent`, where that is too high for chance: a crowd that has
    /// just come is known by it a window earlier.
    private static func risen(_ count: Double, recent: Double) -> Double {
        let usual = count / 3
        guard recent.isFinite, recent > usual + 3 * usual.squareRoot() + 1 else { return count }
        return 3 * recent
    }
}
