public import Randomness

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
    /// What `make` shortened the environment's own time limit to; nil where it did not.
    public var maxEpisodeSteps: Int?
    /// Whether the same seed and actions give the same episode again.
    public var isReproducible: Bool
    /// Resets without a seed since the seed was given, in environments that then go on with their random numbers, and
    /// whose steps draw none.
    public var resets: Int
    /// What the reset was given, beside its seed.
    public var options: [Value.Entry]

    public init(
        environmentID: String, arguments: [Value.Entry], scenarioText: String, observationSpace: Space,
        actionSpace: Space, seed: Seed, observation: Value, info: [Value.Entry], maxEpisodeSteps: Int? = nil,
        isReproducible: Bool = false, resets: Int = 0, options: [Value.Entry] = []
    ) {
        self.environmentID = environmentID
        self.arguments = arguments
        self.scenarioText = scenarioText
        self.observationSpace = observationSpace
        self.actionSpace = actionSpace
        self.seed = seed
        self.observation = observation
        self.info = info
        self.maxEpisodeSteps = maxEpisodeSteps
        self.isReproducible = isReproducible
        self.resets = resets
        self.options = options
    }

    /// - Parameters:
    ///   - seed: in force.
    ///   - resets: since the seed was given; see ``resets``.
    public init(
        _ environment: ObservedEnvironment, seed: Seed, observation: Value, info: [Value.Entry], resets: Int = 0,
        options: [Value.Entry] = []
    ) {
        let form = environment.form
        self.init(
            environmentID: form.spec.id, arguments: form.arguments, scenarioText: form.scenarioText,
            observationSpace: form.observationSpace, actionSpace: form.actionSpace, seed: seed,
            observation: observation, info: info, maxEpisodeSteps: environment.maxEpisodeSteps,
            isReproducible: form.isReproducible, resets: resets, options: options)
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
