import Farm
import FarmEnvironments
public import FarmPolicies
public import Gymnasium
import Randomness
import Synchronization

/// Runs policies on the same episodes, on all processors.
public struct Evaluator: Sendable {
    public let runner: EpisodeRunner
    /// Seeds are this and those that follow.
    public let firstSeed: UInt64
    public let episodes: Int
    /// By what one policy or plan is better than another.
    public let objective: Objective
    private let team: ThreadTeam

    /// How far a run is: called from any thread, one call at a time, with episodes that have ended and all there are.
    public typealias Progress = @Sendable (_ done: Int, _ of: Int) -> Void

    public init(
        _ runner: EpisodeRunner, firstSeed: UInt64, episodes: Int, objective: Objective = .reward,
        team: ThreadTeam = .shared
    ) {
        self.runner = runner
        self.objective = objective
        self.firstSeed = firstSeed
        self.episodes = episodes
        self.team = team
    }

    /// Is shown each episode window by window: the place of its policy in the list, and of its seed. Called from any thread.
    public typealias Watcher = @Sendable (_ policy: Int, _ episode: Int, _ trace: EpisodeTrace) -> Void

    /// Runs each policy on each seed.
    ///
    /// - Parameters:
    ///   - tracedSeed: the seed whose windows are kept; nil keeps none.
    ///   - watcher: is shown the windows of all seeds, which are not kept.
    public func run(
        _ policies: [any FarmPolicy], tracedSeed: UInt64? = nil, watcher: Watcher? = nil,
        progress: Progress = { _, _ in }
    ) -> [PolicyResult] {
        let tapes = TapeShelf(runner.scenario, firstSeed: firstSeed, uses: policies.count)
        // Seed by seed, so that a seed's tasks are drawn once and kept while they are met.
        let runs: [EpisodeRunner.Run?] = map(policies.count * episodes, progress) { index in
            let episode = index / policies.count
            let seed = firstSeed + UInt64(episode)
            return tapes.lend(episode) { tape in
                let isKept = seed == tracedSeed
                var run = runner.run(
                    policies[index % policies.count], seed: Seed(seed), number: seed,
                    traced: isKept || watcher != nil, tape: tape)
                if let watcher, let trace = run.trace { watcher(index % policies.count, episode, trace) }
                if !isKept { run.trace = nil }
                return run
            }
        }
        return policies.enumerated().map { number, policy in
            let own = (0..<episodes).compactMap { runs[$0 * policies.count + number] }
            return PolicyResult(
                policy: policy.name, episodes: own.map(\.result), trace: own.lazy.compactMap(\.trace).first)
        }
    }

    /// The best plan found for each seed, no worse than what any of `rivals` comes to on it; see ``Hindsight``.
    public func hindsight(
        budget: Int, rivals: [any FarmPolicy] = [], leastTasks: Int = Hindsight.usualLeastTasks,
        progress: Progress = { _, _ in }
    ) -> PolicyResult {
        let search = Hindsight(
            runner, objective: objective, rivals: rivals, budget: budget, leastTasks: leastTasks)
        let results: [EpisodeResult?] = map(episodes, progress) { index in
            let seed = firstSeed + UInt64(index)
            return search.best(seed: Seed(seed), number: seed)
        }
        return PolicyResult(policy: "hindsight", episodes: results.compactMap(\.self))
    }

    /// What a look-ahead comes to on each seed that is told how many tasks the coming windows bring; see ``ForetoldPolicy``.
    ///
    /// By reward, not by a goal. A reward other than a weighted sum has the default's prices.
    public func trueCounts(progress: Progress = { _, _ in }) -> PolicyResult {
        var weights = RewardWeights()
        if case .weights(let given) = runner.reward { weights = given }
        let prices = LookaheadPlanner.Prices(miss: weights.miss, worker: weights.cost)
        let results: [EpisodeResult?] = map(episodes, progress) { index in
            let seed = firstSeed + UInt64(index)
            return runner.run(ForetoldPolicy(seed: Seed(seed), prices: prices), seed: Seed(seed), number: seed).result
        }
        return PolicyResult(policy: "true-counts", episodes: results.compactMap(\.self))
    }

    /// How long ``hindsight(budget:rivals:progress:)`` is going to take, by how long a small part of it takes, in real seconds.
    public func hindsightSeconds(budget: Int) -> Double {
        let part = min(budget, Evaluator.triedBudget)
        guard episodes > 0, part > 0 else { return 0 }
        let seed = Seed(firstSeed)
        let episode = SearchedEpisode(runner, TaskTape(runner.scenario, seed: seed), seed: seed)
        let time = ContinuousClock().measure { _ = episode.plan(budget: part, prices: nil) }
        let rounds = (episodes + team.threads - 1) / team.threads
        return time / .seconds(1) * Double(budget) / Double(part) * Double(rounds)
    }

    private static let triedBudget = 40

    /// The bound for each seed; see ``LowerBound``. Of a goal it is the least cost, for goals of `qos`.
    ///
    /// - Throws: `noLowerBound`: a reward that is no weighted sum, or a goal of another metric.
    public func lowerBound(progress: Progress = { _, _ in }) throws(EvaluationError) -> PolicyResult {
        let bound: LowerBound
        switch (objective, runner.reward) {
        case (.goal(let goal), _) where goal.metric == .qos: bound = LowerBound(runner.scenario, qos: goal.bound)
        case (.goal(let goal), _): throw .noLowerBound(reward: goal.text)
        case (.reward, .weights(let weights)): bound = LowerBound(runner.scenario, weights: weights)
        case (.reward, .paper): throw .noLowerBound(reward: runner.reward.value.string ?? "weights")
        }
        let results: [EpisodeResult?] = map(episodes, progress) { index in
            let seed = firstSeed + UInt64(index)
            return bound.result(seed: Seed(seed), number: seed)
        }
        return PolicyResult(policy: "lower-bound", episodes: results.compactMap(\.self))
    }

    /// The best of several policies.
    public struct Choice: Sendable {
        public let policy: any FarmPolicy
        /// How it stands to the goal; nil where there is none.
        public let standing: Goal.Standing?
    }

    /// The best of the policies, each run on `episodes` of this evaluator; the first of equals. By mean reward, or the cheapest
    /// of those that surely keep the goal; where none does, the nearest.
    ///
    /// - Throws: `noEpisodes`.
    public func best(
        of policies: [any FarmPolicy], progress: Progress = { _, _ in }
    ) throws(EvaluationError) -> Choice? {
        try objective.best(of: run(policies, progress: progress)).map { found in
            Choice(policy: policies[found.index], standing: found.standing)
        }
    }

    private func map<Element>(_ count: Int, _ progress: Progress, _ body: (Int) -> Element) -> [Element?] {
        var elements = [Element?](repeating: nil, count: count)
        let done = Mutex(0)
        elements.withUnsafeMutableBufferPointer { elements in
            // Each index is written by one thread.
            let elements = elements
            team.forEach(in: 0..<count, grain: 1) { index in
                elements[index] = body(index)
                done.withLock {
                    $0 += 1
                    progress($0, count)
                }
            }
        }
        return elements
    }
}
