public import Randomness

/// The beginning of an episode.
public struct ResetResult: Sendable {
    public var observation: Value
    /// Sorted by key.
    public var info: [Value.Entry]
    /// The seed in force.
    public var seed: Seed

    public init(observation: Value, info: [Value.Entry], seed: Seed) {
        self.observation = observation
        self.info = info
        self.seed = seed
    }
}

/// What came of an action.
public struct StepResult: Sendable {
    public var observation: Value
    public var reward: Double
    /// The task of the episode is over.
    public var terminated: Bool
    /// The episode was cut short, by its time limit for example.
    public var truncated: Bool
    /// Sorted by key.
    public var info: [Value.Entry]
    /// What happened during the step and belongs into a recording of it, but not to the agent: dicts with a `kind`.
    public var events: [Value]

    public init(
        observation: Value, reward: Double, terminated: Bool, truncated: Bool, info: [Value.Entry], events: [Value] = []
    ) {
        self.observation = observation
        self.reward = reward
        self.terminated = terminated
        self.truncated = truncated
        self.info = info
        self.events = events
    }
}

/// What `render` gives.
public enum RenderedFrame: Sendable {
    case text(String)
    /// uint8 of shape (height, width, 3).
    case image(NDArray)
}
