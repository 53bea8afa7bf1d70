public import Randomness

/// How an episode ended, or that it has not.
public enum EpisodeStatus: String, Sendable, CaseIterable {
    case running, terminated, truncated
    /// Cut by a reset, a close, or the end of the program.
    case partial
}

/// What is known when an episode begins.
public struct EpisodeStart: Sendable {
    public var environment: ObservedEnvironment
    /// In force.
    public var seed: Seed
    /// The observation that reset gave.
    public var observation: Value
    public var info: [Value.Entry]
    /// Resets without a seed since the seed was given, in environments that then go on with their random numbers, and
    /// whose steps draw none.
    public var resets = 0
    /// What the reset was given, beside its seed.
    public var options: [Value.Entry] = []
}

/// One step of an episode.
public struct EpisodeStep: Sendable {
    /// From 1.
    public var index: Int
    public var action: Value
    public var result: StepResult
}
