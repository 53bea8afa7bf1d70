import Farm
import FarmPolicies

/// Improves a plan by stretches, long ones first, by one or two workers either way, as long as that gains and the budget lasts.
struct PlanImprovement {
    typealias Found = (plan: [Staffing], result: EpisodeResult)

    let bounds: PerStage<WorkerBounds>
    let steps: Int
    let objective: Objective
    /// Plays a plan.
    let play: ([Staffing]) -> EpisodeResult

    func improved(_ found: Found, budget: Int) -> Found {
        var left = budget
        var (plan, best) = found
        func result(_ plan: [Staffing]) -> EpisodeResult {
            left -= 1
            return play(plan)
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
        return (plan, best)
    }

    private func changed(_ plan: [Staffing], _ stretch: Range<Int>, _ stage: Int, by change: Int) -> [Staffing]? {
        var plan = plan
        var differs = false
        for step in stretch {
            let level = bounds[stage].clamp(plan[step][stage] + change)
            differs = differs || level != plan[step][stage]
            plan[step][stage] = level
        }
        return differs ? plan : nil
    }
}
