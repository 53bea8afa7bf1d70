public import Randomness

/// One environment whose steps may take seconds: a live farm, or a remote one.
///
/// Calls come one at a time. They run on the caller's executor, and return early, throwing `CancellationError`, when the
/// calling task is cancelled. ``close()`` is called once, last, and always.
public protocol AsyncEnvironment: AnyObject {
    var spec: EnvironmentSpec { get }
    var observationSpace: Space { get }
    var actionSpace: Space { get }
    /// The arguments it was made with, defaults filled in.
    var arguments: [Value.Entry] { get }
    /// What a step takes when all is well, in seconds of real time.
    var expectedStepSeconds: Double { get }
    /// What a reset takes when all is well, in seconds of real time.
    var expectedResetSeconds: Double { get }
    /// What a recording needs to know of the environment beyond its arguments: the fully resolved scenario, as text.
    var scenarioText: String { get }

    /// Begins a new episode, whatever state the last one is in.
    ///
    /// - Parameter seed: nil to draw one; the result says which.
    /// - Throws: ``EnvironmentError``.
    nonisolated(nonsending) func reset(seed: Seed?, options: [Value.Entry]) async throws -> ResetResult

    /// Takes `action`, an element of ``actionSpace``. Not called before the first reset, nor after an episode's end.
    ///
    /// - Throws: ``EnvironmentError``.
    nonisolated(nonsending) func step(_ action: Value) async throws -> StepResult

    /// A picture of the current state in one of the spec's render modes.
    nonisolated(nonsending) func render(mode: String) async throws -> RenderedFrame

    /// Gives back what the environment holds.
    nonisolated(nonsending) func close() async
}

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
