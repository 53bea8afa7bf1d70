/// The episodes of one policy.
public struct PolicyResult: Sendable, Hashable, Codable {
    /// The text that the policy is made from, such as "static:12".
    public var policy: String
    /// In seed order: episode i of every policy of a comparison has the same seed.
    public var episodes: [EpisodeResult]
    /// One of the episodes window by window, if it is to be drawn.
    public var trace: EpisodeTrace?
}
