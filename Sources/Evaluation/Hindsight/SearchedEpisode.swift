import Farm
import FarmEnvironments
import FarmModel
import Randomness

/// An episode that plans are looked for.
struct SearchedEpisode {
    private let runner: EpisodeRunner
    private let scenario: Scenario
    private let tape: TaskTape
    private let seed: Seed
    private let bounds: ClosedRange<Int>

    init(_ runner: EpisodeRunner, _ tape: TaskTape, seed: Seed) {
        (self.runner, scenario, self.tape, self.seed) = (runner, runner.scenario, tape, seed)
        bounds = SearchedEpisode.worthAsking(runner.scenario, tape)
    }

    /// - Parameters:
    ///   - budget: windows that may be played a step.
    ///   - prices: nil: those of the reward.
    ///   - leastTasks: that the model plays in any case.
    /// - Returns: a number of workers for each step.
    func plan(budget: Int, prices: SearchPrices?, leastTasks: Int = 0) -> [Int] {
        let reach =
            switch runner.action {
            case .paper: 1
            case .delta(let k): k
            case .target, .need: bounds.count
            }
        func shape(_ budget: Int) -> BeamShape { BeamShape(budget: budget, numbers: bounds.count, reach: reach) }
        let mostBehind = max(250, Int(min(3 * scenario.referenceRate * scenario.stepSeconds, 1e9)))
        let leastBudget = min(SearchedEpisode.mostOfLeast, leastTasks / max(tape.tasks.count, 1))
        let wide = shape(max(budget, leastBudget))
        let modelled = (prices ?? rewardPrices).flatMap { modelledPrices in
            ModelledStates(
                scenario, tape, seed: seed, prices: modelledPrices, countsUndecided: prices != nil,
                count: wide.slots)
        }
        if let modelled {
            var beam = BeamSearch(
                modelled, bounds: bounds, action: runner.action, shape: wide, mostBehind: mostBehind)
            return beam.plan(steps: scenario.steps)
        }
        let shape = shape(budget)
        let states = SimulatedStates(
            scenario, tape, seed: seed, process: runner.process, prices: prices,
            backlogPrices: prices ?? rewardPrices ?? SearchPrices(miss: 1, worker: 0.05), count: shape.slots)
        var beam = BeamSearch(states, bounds: bounds, action: runner.action, shape: shape, mostBehind: mostBehind)
        return beam.plan(steps: scenario.steps)
    }

    /// Short episodes need no more than this, however many tasks are to be played: two states of each of 32 numbers, and all
    /// changes.
    private static let mostOfLeast = 2_100

    /// Where the reward is a sum that the model knows the terms of, their prices.
    private var rewardPrices: SearchPrices? {
        let scale = FarmScale(scenario)
        guard case .weights(let weights) = runner.reward, weights.lateSeconds == 0, !scale.isOfOwnTraffic else {
            return nil
        }
        return SearchPrices(
            miss: weights.miss, worker: weights.cost, change: weights.change * scale.tasksPerStep, queue: weights.queue)
    }

    /// From the scenario's fewest up to twice what the busiest window keeps busy, and some.
    private static func worthAsking(_ scenario: Scenario, _ tape: TaskTape) -> ClosedRange<Int> {
        let bounds = scenario.stages.first.workers
        let least = bounds.clamp(max(bounds.min, scenario.platform.floor))
        var (peak, work, end) = (0.0, 0.0, scenario.stepSeconds)
        for task in tape.tasks {
            if task.arrival >= end {
                peak = max(peak, work)
                work = 0
                end = ((task.arrival / scenario.stepSeconds).rounded(.down) + 1) * scenario.stepSeconds
            }
            work += task.service
        }
        peak = max(peak, work)
        let useful = Int(min(2 * peak / scenario.stepSeconds, 1e6)) + 16
        return least...max(least, min(bounds.max, max(useful, bounds.initial)))
    }
}
