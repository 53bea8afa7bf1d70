/// What is to be had of an episode: the most reward, or a goal at the least cost.
public enum Objective: Sendable, Hashable {
    case reward
    case goal(Goal)

    /// Whether an episode came to more than another of the same tasks. With a goal the smaller shortfall is more, and of equal
    /// ones the fewer worker-seconds.
    func prefers(_ result: EpisodeResult, to other: EpisodeResult) -> Bool {
        switch self {
        case .reward: return result.reward > other.reward
        case .goal(let goal):
            let missing = (goal.shortfall(result[goal.metric]), goal.shortfall(other[goal.metric]))
            return missing.0 != missing.1 ? missing.0 < missing.1 : result.workerSeconds < other.workerSeconds
        }
    }

    /// The best of several policies, each with its episodes; the first of equals. Nil for none.
    ///
    /// By mean reward; or the cheapest of those that ``Goal/Standing/kept`` the goal, and where there is none, the one whose
    /// mean is nearest to it.
    ///
    /// - Throws: `noEpisodes`.
    func best(of results: [PolicyResult]) throws(EvaluationError) -> (index: Int, standing: Goal.Standing?)? {
        guard let first = results.first else { return nil }
        guard case .goal(let goal) = self else {
            let rewards = results.map { Sample.mean($0.values(.reward)) }
            return rewards.max().flatMap { best in rewards.firstIndex(of: best) }.map { ($0, nil) }
        }
        let bootstrap = try Bootstrap(episodes: first.episodes.count)
        var best: (index: Int, standing: Goal.Standing, missing: Double, cost: Double)?
        for (index, result) in results.enumerated() {
            let interval = bootstrap.mean(of: result.values(goal.metric))
            let standing = goal.standing(interval)
            let cost = Sample.mean(result.values(.workerSeconds))
            // Of those that surely keep it none is nearer than another.
            let missing = standing == .kept ? -1 : goal.shortfall(interval.mean)
            if let found = best, (found.missing, found.cost) <= (missing, cost) { continue }
            best = (index, standing, missing, cost)
        }
        return best.map { ($0.index, $0.standing) }
    }
}
