public import Farm
public import Randomness

/// A look-ahead that is told how many tasks the coming windows bring, and not when in them, nor what their work is: what a
/// perfect forecast of counts would be worth. A yardstick, which nobody can be.
///
///     let yardstick = ForetoldPolicy(seed: seed)             // for the episode of that seed only
///
/// What it plans with is otherwise what the policy `lookahead` has. Each stage of a farm is told what comes to the farm.
public struct ForetoldPolicy: FarmPolicy {
    private let seed: Seed
    private let prices: LookaheadPlanner.Prices
    private var stages: [(planner: LookaheadPlanner, sight: StageSight)] = []
    private var arrivals: ToldArrivals?

    /// Courses inside of the windows that are drawn at a decision.
    private let courses: Int

    /// As many as the policy `lookahead` samples.
    private static let usualCourses = 48
    /// Windows that are played. The one after them is told, too.
    private static let horizon = 4

    /// - Parameter seed: of the episode that it is going to play.
    public init(seed: Seed, prices: LookaheadPlanner.Prices = LookaheadPlanner.Prices()) {
        self.init(seed: seed, prices: prices, courses: ForetoldPolicy.usualCourses)
    }

    init(seed: Seed, prices: LookaheadPlanner.Prices = LookaheadPlanner.Prices(), courses: Int) {
        (self.seed, self.prices, self.courses) = (seed, prices, courses)
    }

    public var name: String { "true-counts" }

    public mutating func begin(_ scenario: Scenario) {
        arrivals = ToldArrivals(scenario, seed: seed)
        stages = scenario.stages.map { (LookaheadPlanner($0, of: scenario, prices: prices), StageSight($0)) }
    }

    public mutating func staffing(after metrics: WindowMetrics) -> Staffing {
        var staffing = metrics.staffing.map { max($0, 0) }
        guard let window = stages.first?.planner.window,
            let told = arrivals?.counts(
                from: metrics.time.finite(or: 0), window: window, windows: ForetoldPolicy.horizon + 1)
        else { return staffing }
        for stage in staffing.indices.prefix(stages.count) {
            staffing[stage] = desired(stage, after: metrics.narrowed(to: stage), told)
        }
        return staffing
    }

    private mutating func desired(_ stage: Int, after metrics: WindowMetrics, _ told: [Int]) -> Int {
        stages[stage].sight.learn(metrics)
        let view = stages[stage].sight.view(metrics)
        let (planner, sight) = stages[stage]
        let courses = planner.affordable(
            Array(repeating: future(told, of: courses), count: courses), waiting: view.waiting, work: sight.work)
        // The same draws at every decision, as the policy lookahead has them.
        var generator = PCG64(seed: Seed(0), stream: 17)
        let workers = planner.workers(
            view, futures: Array(repeating: future(told, of: courses), count: courses), work: sight.work,
            spread: sight.spread, using: &generator)
        return metrics.withoutScaleInWhenStale(workers)
    }

    /// One of so many courses that differ in moments, work and start-ups.
    private func future(_ told: [Int], of courses: Int) -> CountFuture {
        let counts = told.dropLast()
        // Numbers after the one that is decided on follow what is told: who is asked for in a window is of use in the next, too.
        let expected = zip(told, told.dropFirst()).map { Double(max($0, $1)) }
        return CountFuture(
            weight: 1 / Double(courses), counts: Array(counts), levels: told.dropFirst().map(Double.init),
            expected: expected)
    }
}

/// How many tasks the windows of an episode bring, for whoever is told.
struct ToldArrivals: Sendable {
    private var cursor: ArrivalCursor
    private var generator: PCG64
    /// Those that are drawn and not forgotten, ascending.
    private var times: [Double] = []

    /// - Parameter seed: of the episode.
    init(_ scenario: Scenario, seed: Seed) {
        generator = EpisodeStream.arrivals.generator(seed)
        cursor = ArrivalCursor(scenario, using: &generator)
    }

    /// The tasks of each of so many windows; what came before the first one is forgotten.
    ///
    /// - Parameters:
    ///   - start: of the first window, in scenario seconds; not before that of an earlier call.
    ///   - window: seconds, above 0.
    mutating func counts(from start: Double, window: Double, windows: Int) -> [Int] {
        func edge(_ index: Int) -> Double { start + Double(index) * window }
        // The first one beyond the windows is drawn, too; an infinite one if none comes any more.
        while times.last.map({ $0 < edge(windows) }) ?? true {
            let time = cursor.next(using: &generator)
            if time >= start { times.append(time) }
        }
        times.removeFirst(place(of: start))
        return (0..<windows).map { place(of: edge($0 + 1)) - place(of: edge($0)) }
    }

    /// The first of the times that is not before `time`.
    private func place(of time: Double) -> Int {
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
