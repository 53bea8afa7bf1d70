public import Randomness

/// What is known of a vector before its first episode.
public struct VectorStart: Sendable {
    /// The sub-environments' common beginning; seed, observation and info are not looked at.
    public var environment: EpisodeStart
    /// Sub-environments.
    public var count: Int
    public var autoresetMode: AutoresetMode
    /// Actions of each sub-environment's mask; 0 without masks.
    public var actionMaskCount: Int

    public init(environment: EpisodeStart, count: Int, autoresetMode: AutoresetMode, actionMaskCount: Int) {
        self.environment = environment
        self.count = count
        self.autoresetMode = autoresetMode
        self.actionMaskCount = actionMaskCount
    }
}

/// Rows are those of ``RowBuffers``, one a sub-environment.
public struct VectorReset: Sendable {
    /// Which sub-environments began an episode; nil: all.
    public var mask: [Bool]?
    /// In force, one for each sub-environment.
    public var seeds: [Seed]
    /// Whether a seed was given to the sub-environment.
    public var isSeeded: [Bool]
    public var observations: [UInt8]
    public var actionMasks: [Int8]
    /// By sub-environment; those without info are not there.
    public var infos: [Int: [Value.Entry]]

    public init(
        mask: [Bool]?, seeds: [Seed], isSeeded: [Bool], observations: [UInt8], actionMasks: [Int8],
        infos: [Int: [Value.Entry]]
    ) {
        self.mask = mask
        self.seeds = seeds
        self.isSeeded = isSeeded
        self.observations = observations
        self.actionMasks = actionMasks
        self.infos = infos
    }
}

/// Rows are those of ``RowBuffers``, one a sub-environment.
public struct VectorStep: Sendable {
    public var actions: [UInt8]
    public var observations: [UInt8]
    public var rewards: [Double]
    public var terminations: [Bool]
    public var truncations: [Bool]
    /// In the mode ``AutoresetMode/sameStep``, when the step ended an episode.
    public var finalObservations: [UInt8]
    public var actionMasks: [Int8]
    /// By sub-environment; those without info are not there.
    public var infos: [Int: [Value.Entry]]
    /// Of the episodes that the step ended, in the mode ``AutoresetMode/sameStep``.
    public var finalInfos: [Int: [Value.Entry]]
    /// In force after the step; empty when it began no episode.
    public var seeds: [Seed]

    public init(
        actions: [UInt8], observations: [UInt8], rewards: [Double], terminations: [Bool], truncations: [Bool],
        finalObservations: [UInt8] = [], actionMasks: [Int8] = [], infos: [Int: [Value.Entry]] = [:],
        finalInfos: [Int: [Value.Entry]] = [:], seeds: [Seed] = []
    ) {
        self.actions = actions
        self.observations = observations
        self.rewards = rewards
        self.terminations = terminations
        self.truncations = truncations
        self.finalObservations = finalObservations
        self.actionMasks = actionMasks
        self.infos = infos
        self.finalInfos = finalInfos
        self.seeds = seeds
    }
}
