public import Randomness

/// An environment whose steps take no time to speak of. Its spaces are those whose elements are arrays.
public protocol SynchronousEnvironment: AnyObject {
    /// Begins an episode and writes its first observation.
    func reset(seed: Seed, observation: UnsafeMutableRawBufferPointer)

    /// Begins an episode that was given no seed with the random numbers that follow those of the last one, as Gymnasium's own
    /// environments do, and writes its first observation.
    ///
    /// - Returns: whether it has. False, the default, where nothing has happened, because each episode wants a seed of its
    ///   own, or none was ever given.
    func resetContinuing(observation: UnsafeMutableRawBufferPointer) -> Bool

    /// Settles how the next episode begins, by the options that Gymnasium's `reset` has. Called right before a reset that was
    /// given options; later episodes begin as usual.
    ///
    /// - Parameter options: one or more.
    /// - Throws: ``EnvironmentError`` `badArgument` for what is no option; then nothing has changed. The default has none.
    func accept(_ options: [Value.Entry]) throws(EnvironmentError)

    /// Takes `action`, an element of the action space as an array of its element type, and writes what is observed then.
    func step(action: UnsafeRawBufferPointer, observation: UnsafeMutableRawBufferPointer) -> Transition

    /// For each action 1, or 0 where it has no effect now. Not called where there are no masks.
    func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>)

    /// What is known of the state beyond the observation, sorted by key.
    var info: [Value.Entry] { get }

    /// The seed of the episode under way, where that is the environment's to say; nil, the default: the one it was given.
    var ownSeed: Seed? { get }

    /// A picture of the state; nil when the mode is none of the environment's.
    func render(mode: String) -> RenderedFrame?
}

extension SynchronousEnvironment {
    /// Each episode wants a seed of its own.
    public func resetContinuing(observation: UnsafeMutableRawBufferPointer) -> Bool { false }

    /// As given.
    public var ownSeed: Seed? { nil }

    /// Has no options.
    public func accept(_ options: [Value.Entry]) throws(EnvironmentError) {
        guard let option = options.first else { return }
        throw EnvironmentError(
            .badArgument(name: option.key),
            "resets of this environment have no options, got \"\(option.key)\"; leave it out")
    }

    /// Begins an episode.
    ///
    /// - Parameters:
    ///   - seed: nil to go on from the last one.
    ///   - seeds: the environment's; they tell the seed in force afterwards.
    func begin(seed: Seed?, from seeds: inout EpisodeSeeds, observation: UnsafeMutableRawBufferPointer) {
        if seed == nil, resetContinuing(observation: observation) { return }
        reset(seed: seeds.next(seed), observation: observation)
    }
}

/// What came of an action, beside the observation.
public struct Transition: Sendable, Hashable {
    public var reward: Double
    public var terminated: Bool
    public var truncated: Bool

    public init(reward: Double, terminated: Bool, truncated: Bool) {
        self.reward = reward
        self.terminated = terminated
        self.truncated = truncated
    }

    /// Whether the episode is over.
    public var isLast: Bool { terminated || truncated }
}
