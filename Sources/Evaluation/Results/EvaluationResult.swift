/// What a comparison of policies on one scenario produced, before any statistics.
public struct EvaluationResult: Sendable, Hashable, Codable {
    /// The scenario's name and version, such as "paper-as-run@1".
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
    public var fixedLine: [PolicyResult]
    /// What bounds the policies from above.
    public var yardsticks: Yardsticks

    /// References that no policy can use, because they know the future or leave out a constraint.
    public struct Yardsticks: Sendable, Hashable, Codable {
        /// The best found for each seed with that seed's tasks known beforehand.
        public var hindsight: PolicyResult?
        /// A bound that no policy can pass: a relaxed problem's solution.
        public var lowerBound: PolicyResult?

        public init(hindsight: PolicyResult? = nil, lowerBound: PolicyResult? = nil) {
            self.hindsight = hindsight
            self.lowerBound = lowerBound
        }
    }

    public init(
        scenario: String, episodes: Int, seed: UInt64, action: String, policies: [PolicyResult],
        baseline: String? = nil,
        fixedLine: [PolicyResult] = [], yardsticks: Yardsticks = Yardsticks()
    ) {
        self.scenario = scenario
        self.episodes = episodes
        self.seed = seed
        self.action = action
        self.policies = policies
        self.baseline = baseline
        self.fixedLine = fixedLine
        self.yardsticks = yardsticks
    }

    /// The seeds of the episodes, in order.
    public var seeds: [UInt64] { policies.first?.episodes.map(\.seed) ?? [] }
}
