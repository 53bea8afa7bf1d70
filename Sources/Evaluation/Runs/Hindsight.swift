import Farm
public import FarmPolicies
public import Randomness

/// The best plan found for an episode whose tasks are known beforehand: how many workers to ask for in each step, under the
/// same actions, delays and windows as any policy.
///
/// It begins with the best of what given policies played in that episode, and of fixed numbers, and improves stretches of the
/// plan, long ones first, by one or two workers either way, as long as that gains and the budget lasts. So no given policy
/// beats it in any episode. A local search: a better plan may exist, a worse one was not kept.
public struct Hindsight: Sendable {
    private let runner: EpisodeRunner
    private let objective: Objective
    private let rivals: [any FarmPolicy]
    private let budget: Int

    /// - Parameters:
    ///   - objective: what makes one plan better than another.
    ///   - rivals: policies that it is to be no worse than.
    ///   - budget: episodes that may be simulated for each seed, beside one of each rival.
    public init(
        _ runner: EpisodeRunner, objective: Objective = .reward, rivals: [any FarmPolicy] = [], budget: Int
    ) {
        self.runner = runner
        self.objective = objective
        self.rivals = rivals
        self.budget = budget
    }

    /// What the best plan found for `seed` comes to.
    public func best(seed: Seed, number: UInt64) -> EpisodeResult {
        let bounds = runner.scenario.stages.map(\.workers)
        let steps = runner.scenario.steps
        var left = budget
        func result(_ plan: [Staffing]) -> EpisodeResult {
            left -= 1
            return runner.run(PlannedPolicy(plan), seed: seed, number: number).result
        }
        var found: (plan: [Staffing], result: EpisodeResult)?
        for rival in rivals {
            let played = runner.run(rival, seed: seed, number: number)
            if let best = found, !objective.prefers(played.result, to: best.result) { continue }
            found = (played.plan, played.result)
        }
        let initial = Array(repeating: bounds.map(\.initial), count: steps)
        var (plan, best) = found ?? (initial, result(initial))
        // An episode that ended early may go on longer with another plan.
        while plan.count < steps { plan.append(plan.last ?? bounds.map(\.initial)) }
        for level in levels where left > 0 {
            let candidate = Array(repeating: level, count: steps)
            let outcome = result(candidate)
            if objective.prefers(outcome, to: best) { (plan, best) = (candidate, outcome) }
        }
        var length = max(steps / 4, 1)
        while left > 0 {
            var hasGained = false
            var start = 0
            while start < steps, left > 0 {
                let stretch = start..<min(start + length, steps)
                for stage in bounds.indices {
                    for change in [1, -1, 2, -2] where left > 0 {
                        // As long as a change gains, more of the same is tried.
                        while left > 0, let candidate = changed(plan, stretch, stage, by: change) {
                            let outcome = result(candidate)
                            guard objective.prefers(outcome, to: best) else { break }
                            (plan, best) = (candidate, outcome)
                            hasGained = true
                        }
                    }
                }
                start += max(length / 2, 1)
            }
            if length > 1 { length /= 2 } else if !hasGained { break }
        }
        return best
    }

    /// 24 of the numbers at most, evenly spaced; of several stages all go up together.
    private var levels: [Staffing] {
        let bounds = runner.scenario.stages.map(\.workers)
        let most = bounds.map { $0.max - $0.min + 1 }.max() ?? 1
        return stride(from: 0, to: most, by: max(1, (most + 23) / 24)).map { level in
            bounds.map { $0.clamp($0.min + level) }
        }
    }

    private func changed(_ plan: [Staffing], _ stretch: Range<Int>, _ stage: Int, by change: Int) -> [Staffing]? {
        var plan = plan
        var differs = false
        for step in stretch {
            let level = runner.scenario.stages[stage].workers.clamp(plan[step][stage] + change)
            differs = differs || level != plan[step][stage]
            plan[step][stage] = level
        }
        return differs ? plan : nil
    }
}
