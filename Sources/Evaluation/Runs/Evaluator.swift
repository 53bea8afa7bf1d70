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
    private let team: ThreadTeam

    /// How far a run is: called from any thread, one call at a time, with episodes that have ended and all there are.
    public typealias Progress = @Sendable (_ done: Int, _ of: Int) -> Void

    public init(_ runner: EpisodeRunner, firstSeed: UInt64, episodes: Int, team: ThreadTeam = .shared) {
        self.runner = runner
        self.firstSeed = firstSeed
        self.episodes = episodes
        self.team = team
    }

    /// Runs each policy on each seed.
    ///
    /// - Parameter tracedSeed: the seed whose windows are kept; nil keeps none.
    public func run(_ policies: [any FarmPolicy], tracedSeed: UInt64? = nil, progress: Progress = { _, _ in })
        -> [PolicyResult]
    {
        typealias Run = (result: EpisodeResult, trace: EpisodeTrace?)
        let runs: [Run?] = map(policies.count * episodes, progress) { index in
            let seed = firstSeed + UInt64(index % episodes)
            return runner.run(policies[index / episodes], seed: Seed(seed), number: seed, traced: seed == tracedSeed)
        }
        return policies.enumerated().map { number, policy in
            let own = runs[number * episodes..<(number + 1) * episodes].compactMap(\.self)
            return PolicyResult(
                policy: policy.name, episodes: own.map(\.result), trace: own.lazy.compactMap(\.trace).first)
        }
    }

    /// The best plan found for each seed; see ``Hindsight``.
    public func hindsight(budget: Int, progress: Progress = { _, _ in }) -> PolicyResult {
        let search = Hindsight(runner, budget: budget)
        let results: [EpisodeResult?] = map(episodes, progress) { index in
            let seed = firstSeed + UInt64(index)
            return search.best(seed: Seed(seed), number: seed)
        }
        return PolicyResult(policy: "hindsight", episodes: results.compactMap(\.self))
    }

    /// The bound for each seed; see ``LowerBound``.
    public func lowerBound(progress: Progress = { _, _ in }) throws(EvaluationError) -> PolicyResult {
        guard case .weights(let weights) = runner.reward else {
            throw .noLowerBound(reward: runner.reward.value.string ?? "weights")
        }
        let bound = LowerBound(runner.scenario, weights: weights)
        let results: [EpisodeResult?] = map(episodes, progress) { index in
            let seed = firstSeed + UInt64(index)
            return bound.result(seed: Seed(seed), number: seed)
        }
        return PolicyResult(policy: "lower-bound", episodes: results.compactMap(\.self))
    }

    /// The best of the policies by mean reward; each is run on `episodes` of this evaluator. The first of equals.
    public func best(of policies: [any FarmPolicy], progress: Progress = { _, _ in }) -> (any FarmPolicy)? {
        let results = run(policies, progress: progress)
        func mean(_ result: PolicyResult) -> Double {
            result.episodes.reduce(0) { $0 + $1.reward } / Double(max(result.episodes.count, 1))
        }
        let rewards = results.map(mean)
        return rewards.max().flatMap { best in rewards.firstIndex(of: best) }.map { policies[$0] }
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
