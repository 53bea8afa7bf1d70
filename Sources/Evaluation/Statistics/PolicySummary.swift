/// The statistics of one policy.
public struct PolicySummary: Sendable, Hashable {
    /// The text that the policy is made from.
    public var policy: String
    /// The mean of each metric over the episodes, with its interval.
    public var metrics: MetricValues<Interval>
    /// Policy minus baseline; nil without a baseline, and for the baseline itself.
    public var difference: MetricValues<PairedDifference>?
    /// Percent of worker-seconds saved against a fixed number of workers at the same QoS (``FixedLineDistance``); nil
    /// where the line does not reach.
    public var overFixedLine: Interval?
    /// Reward of the hindsight yardstick minus the policy's, episode by episode: what is left to gain. Nil with a goal.
    public var toHindsight: Interval?
    /// Reward of the yardstick that knew the counts minus the policy's: what a perfect forecast would gain. Nil with a goal.
    public var toTrueCounts: Interval?
    /// Reward at the lower bound of the cost minus the policy's, episode by episode: what can not be exceeded. Nil with a goal.
    public var toLowerBound: Interval?
    /// With a goal: how the policy stands to it.
    public var standing: Goal.Standing?
    /// With a goal: worker-seconds of the policy minus those of the hindsight yardstick, episode by episode.
    public var overHindsight: Interval?
    /// With a goal: worker-seconds of the policy minus those of the lower bound, episode by episode.
    public var overLowerBound: Interval?

    /// A summary without comparisons.
    public init(policy: String, metrics: MetricValues<Interval>) {
        self.policy = policy
        self.metrics = metrics
    }
}
