public import Randomness

/// Keeps what happens in an environment, for later.
///
/// A failure stops the recording of an episode, never the episode.
public protocol EpisodeRecorder: Sendable {
    /// Begins an episode and returns its id.
    func begin(_ episode: EpisodeStart) async throws -> String

    /// Adds a step; returns when it is durable.
    func record(_ step: EpisodeStep, of episode: String) async throws

    /// Ends an episode.
    func end(_ episode: String, _ status: EpisodeStatus) async throws
}

/// How an episode ended, or that it has not.
public enum EpisodeStatus: String, Sendable, CaseIterable {
    case running, terminated, truncated
    /// Cut by a reset, a close, or the end of the program.
    case partial
}

/// What is known when an episode begins.
public struct EpisodeStart: Sendable {
    public var environmentID: String
    /// Sorted by key, defaults filled in.
    public var arguments: [Value.Entry]
    /// The fully resolved scenario; empty where there is none.
    public var scenarioText: String
    public var observationSpace: Space
    public var actionSpace: Space
    public var seed: Seed
    /// The observation that reset gave.
    public var observation: Value
    public var info: [Value.Entry]

    public init(
        environmentID: String, arguments: [Value.Entry], scenarioText: String, observationSpace: Space,
        actionSpace: Space,
        seed: Seed, observation: Value, info: [Value.Entry]
    ) {
        self.environmentID = environmentID
        self.arguments = arguments
        self.scenarioText = scenarioText
        self.observationSpace = observationSpace
        self.actionSpace = actionSpace
        self.seed = seed
        self.observation = observation
        self.info = info
    }
}

/// One step of an episode.
public struct EpisodeStep: Sendable {
    /// From 1.
    public var index: Int
    public var action: Value
    public var result: StepResult

    public init(index: Int, action: Value, result: StepResult) {
        self.index = index
        self.action = action
        self.result = result
    }
}
