public import Gymnasium

/// What a comparison of policies on one scenario produced, before any statistics.
public struct EvaluationResult: Sendable, Hashable, Codable {
    /// The scenario's name and version, such as "paper-as-run@1", or whose tasks it has.
    public var scenario: String
    /// Episodes of each policy.
    public var episodes: Int
    /// The first seed.
    public var seed: UInt64
    /// The action scheme, such as "paper" or "delta:1".
    public var action: String
    /// At least one. Names differ.
    public var policies: [PolicyResult]
    /// The policy, one of ``policies`` or of ``fixedLine``, that the others are compared with.
    public var baseline: String?
    /// Fixed numbers of workers, "static:N" for several N: what no control at all would cost.
    public var fixedLine: [PolicyResult] = []
    /// What bounds the policies from above.
    public var yardsticks = Yardsticks()
    /// Whether it happened or was simulated.
    public var provenance = Provenance.simulated
    /// Whether every episode has the same tasks, as those of a recording are. Then the episodes are repetitions, and tell
    /// nothing of other tasks, however many they are.
    public var isOneWorkload = false
    /// The metrics that there are.
    public var measured = Metric.allCases
    /// What the farm had to say to people.
    public var notes: [String] = []
    /// What the policies have to keep at the least cost; nil where the reward is what counts.
    public var goal: Goal?

    /// References that no policy can use, because they know the future or leave out a constraint.
    public struct Yardsticks: Sendable, Hashable, Codable {
        /// The best found for each seed with that seed's tasks known beforehand.
        public var hindsight: PolicyResult?
        /// A look-ahead that is told how many tasks the coming windows bring, and no more.
        public var trueCounts: PolicyResult?
        /// A bound that no policy can pass: a relaxed problem's solution.
        public var lowerBound: PolicyResult?
    }

    /// The seeds of the episodes, in order.
    public var seeds: [UInt64] { policies.first?.episodes.map(\.seed) ?? [] }

    /// The same with one episode of each policy, the mean of its episodes.
    var averaged: EvaluationResult {
        func averaged(_ policy: PolicyResult) -> PolicyResult {
            PolicyResult(policy: policy.policy, episodes: [EpisodeResult(meanOf: policy.episodes)], trace: policy.trace)
        }
        var result = self
        result.episodes = 1
        result.policies = policies.map(averaged)
        result.fixedLine = fixedLine.map(averaged)
        result.yardsticks.hindsight = yardsticks.hindsight.map(averaged)
        result.yardsticks.trueCounts = yardsticks.trueCounts.map(averaged)
        result.yardsticks.lowerBound = yardsticks.lowerBound.map(averaged)
        return result
    }
}
