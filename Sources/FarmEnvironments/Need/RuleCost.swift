import Farm
import Randomness

/// What an episode costs simple rules: what a reward `per: rule` is measured against.
///
/// The least of: one and a half times the estimated need at every step; one and a half and three times the mean need throughout.
enum RuleCost {
    private enum Rule: CaseIterable {
        case need, half, threefold
    }

    /// The cost a step of the cheapest rule on an episode, by a reward's weights; above 0. The farm is left in that episode.
    static func perStep(
        _ weights: RewardWeights, on farm: any Farm, _ scale: FarmScale, seed: Seed, mostSteps: Int?
    ) -> Double {
        var metrics = WindowMetrics()
        var least = Double.infinity
        for rule in Rule.allCases {
            farm.reset(seed: seed, metrics: &metrics)
            var estimate = NeedEstimate()
            estimate.begin(scale)
            var (cost, steps, end) = (0.0, 0, FarmEnd?.none)
            while end == nil, steps < mostSteps ?? .max {
                let workers =
                    switch rule {
                    case .need: 1.5 * estimate.steady + estimate.backlog
                    case .half: 1.5 * scale.workPerStep / scale.stepSeconds
                    case .threefold: 3 * scale.workPerStep / scale.stepSeconds
                    }
                end = farm.advance(Staffing(Int(min(workers, 1e6)) + 1), metrics: &metrics)
                estimate.learn(metrics, metrics.stages.first, scale)
                cost += weights.cost(of: metrics)
                steps += 1
            }
            least = min(least, cost / Double(max(steps, 1)))
        }
        return least.isFinite ? max(least, 1e-6) : 1
    }
}
