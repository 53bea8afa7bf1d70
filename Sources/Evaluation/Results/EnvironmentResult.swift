public import Gymnasium

/// What agents came to on an environment of any kind.
public struct EnvironmentResult: Sendable, Hashable, Codable {
    /// The environment's id.
    public var environment: String
    /// Episodes of each policy.
    public var episodes: Int
    /// The first episode's seed.
    public var seed: UInt64
    public var policies: [Policy]
    /// Whether it happened or was simulated.
    public var provenance: Provenance
    /// Of a farm: the scenario's name and version.
    public var scenario: String?

    /// The episodes of one agent, in the order of their seeds.
    public struct Policy: Sendable, Hashable, Codable {
        /// The file it was read from.
        public var policy: String
        /// Sums of rewards.
        public var returns: [Double]
        /// Steps.
        public var lengths: [Int]

        public init(policy: String, returns: [Double], lengths: [Int]) {
            self.policy = policy
            self.returns = returns
            self.lengths = lengths
        }

        /// The mean return, with its interval.
        public var meanReturn: Interval {
            get throws(EvaluationError) { try Interval(ofMean: returns) }
        }

        /// The mean length, with its interval.
        public var meanLength: Interval {
            get throws(EvaluationError) { try Interval(ofMean: lengths.map(Double.init)) }
        }
    }

    public init(
        environment: String, episodes: Int, seed: UInt64, policies: [Policy], provenance: Provenance = .simulated,
        scenario: String? = nil
    ) {
        self.provenance = provenance
        self.scenario = scenario
        self.environment = environment
        self.episodes = episodes
        self.seed = seed
        self.policies = policies
    }
}
