import Farm
import FarmEnvironments
public import FarmPolicies
public import Randomness

/// The best plan found for an episode whose tasks are known beforehand: how many workers to ask for in each step, under the
/// same actions, delays and windows as any policy.
///
/// A beam over the episode's states (``BeamSearch``) finds plans; they compete with what given policies played in that episode, so
/// that none of these beats the best in any. With a goal the beam's price of a missed task is raised and lowered until the goal is
/// just kept, and the best plan is then improved by hand's breadths. A better plan may exist.
public struct Hindsight: Sendable {
    private let runner: EpisodeRunner
    private let objective: Objective
    private let rivals: [any FarmPolicy]
    private let budget: Int
    private let leastTasks: Int

    /// Tasks that are simulated for a seed in any case, where the model plays: a fifth of a second's work.
    public static let usualLeastTasks = 6_000_000

    /// Beams with a goal, each with another price of a missed task.
    private static let goalBeams = 8

    /// - Parameters:
    ///   - objective: what makes one plan better than another.
    ///   - rivals: policies that it is to be no worse than.
    ///   - budget: for each seed as many tasks are simulated as in so many episodes, beside one of each rival.
    ///   - leastTasks: where the model plays, so many are simulated for each seed in any case.
    public init(
        _ runner: EpisodeRunner, objective: Objective = .reward, rivals: [any FarmPolicy] = [], budget: Int,
        leastTasks: Int = Hindsight.usualLeastTasks
    ) {
        self.runner = runner
        self.objective = objective
        self.rivals = rivals
        self.budget = budget
        self.leastTasks = leastTasks
    }

    /// What the best plan found for `seed` comes to.
    public func best(seed: Seed, number: UInt64) -> EpisodeResult {
        let scenario = runner.scenario
        let tape = TaskTape(scenario, seed: seed)
        func played(_ policy: any FarmPolicy) -> PlanImprovement.Found {
            let run = runner.run(policy, seed: seed, number: number, tape: tape)
            return (run.plan, run.result)
        }
        var found = played(PlannedPolicy([scenario.stages.map(\.workers.initial)]))
        func offer(_ policy: any FarmPolicy) -> EpisodeResult {
            let other = played(policy)
            if objective.prefers(other.result, to: found.result) { found = other }
            return other.result
        }
        for rival in rivals { _ = offer(rival) }
        let episode = SearchedEpisode(runner, tape, seed: seed)
        switch objective {
        case .reward:
            let plan = episode.plan(budget: budget, prices: nil, leastTasks: leastTasks)
            _ = offer(PlannedPolicy(plan.map { Staffing($0) }))
            return found.result
        case .goal(let goal):
            // A tenth of the budget a beam.
            let share = max(budget / (Hindsight.goalBeams + 2), 1)
            var price = 20.0
            var factor = 8.0
            var wasKept: Bool?
            for _ in 0..<min(Hindsight.goalBeams, budget) {
                let plan = episode.plan(
                    budget: share, prices: SearchPrices(miss: price, worker: 1),
                    leastTasks: leastTasks / Hindsight.goalBeams)
                let result = offer(PlannedPolicy(plan.map { Staffing($0) }))
                let isKept = goal.shortfall(result[goal.metric]) == 0
                if let wasKept, wasKept != isKept { factor = factor.squareRoot() }
                wasKept = isKept
                price = isKept ? price / factor : price * factor
            }
            while found.plan.count < scenario.steps {
                found.plan.append(found.plan.last ?? scenario.stages.map(\.workers.initial))
            }
            let improvement = PlanImprovement(
                bounds: scenario.stages.map(\.workers), steps: scenario.steps, objective: objective,
                play: { played(PlannedPolicy($0)).result })
            return improvement.improved(found, budget: max(budget - Hindsight.goalBeams * share, 0)).result
        }
    }
}
