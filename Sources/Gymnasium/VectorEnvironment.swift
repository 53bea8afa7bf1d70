public import Randomness

/// When a vector resets a sub-environment whose episode is over (`gymnasium.vector.AutoresetMode`).
public enum AutoresetMode: String, Sendable, Hashable, CaseIterable {
    /// The step after the last one resets instead of stepping: its action is ignored, its reward is 0.
    case nextStep = "next_step"
    /// The last step itself: its observation is the new episode's first, and the old one's last is kept apart.
    case sameStep = "same_step"
    /// Never; the caller resets with a mask.
    case disabled
}

/// Environments of one kind that step together, into buffers that the caller owns (`gymnasium.vector.VectorEnv`).
///
/// Synchronous, and nothing is allocated in a step unless an episode ends. Calls come one at a time, from whichever thread.
/// Spaces are those whose elements are arrays; a single environment is a vector of one.
public protocol VectorEnvironment: AnyObject {
    var spec: EnvironmentSpec { get }
    var singleObservationSpace: Space { get }
    var singleActionSpace: Space { get }
    /// Sub-environments.
    var count: Int { get }
    var autoresetMode: AutoresetMode { get }
    /// The arguments it was made with, defaults filled in.
    var arguments: [Value.Entry] { get }
    /// The fully resolved scenario, as text; empty where there is none.
    var scenarioText: String { get }
    /// What infos a step's reply should have.
    var infoDetail: InfoDetail { get }
    /// Actions of each sub-environment's mask; 0 where there are no masks.
    var actionMaskCount: Int { get }
    /// What a step takes when all is well, in seconds of real time.
    var expectedStepSeconds: Double { get }
    /// Whether steps wait for the clock, so that they are not to be made where others are waited for.
    var waits: Bool { get }

    /// Begins episodes. A vector elsewhere that cannot leaves the buffers as they are, and the next step throws why.
    ///
    /// - Parameters:
    ///   - seeds: one for each sub-environment; nil to go on with the sub-environment's own random numbers.
    ///   - mask: which sub-environments; nil: all. The others' observations stay.
    /// - Returns: the seeds in force, one for each sub-environment.
    func reset(seeds: [Seed?], mask: [Bool]?, into buffers: RowBuffers) -> [Seed]

    /// Steps all sub-environments.
    ///
    /// - Parameter actions: `count` elements of the action space, one after the other, as arrays of its element type.
    /// - Throws: ``VectorStepError``, whose kind says what can be done.
    func step(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) throws(VectorStepError)

    /// What is known of a sub-environment's state beyond its observation, sorted by key.
    func info(at index: Int) -> [Value.Entry]

    /// In the mode ``AutoresetMode/sameStep``, the info at the end of the episode that the last step ended; nil when it ended
    /// none.
    func finalInfo(at index: Int) -> [Value.Entry]?

    /// A picture of a sub-environment in one of the spec's render modes; nil when it has none.
    func render(at index: Int, mode: String) -> RenderedFrame?

    /// Steps on the threads of `team` from now on, where the vector has use for threads.
    func use(_ team: ThreadTeam)

    /// Gives back what the environments hold.
    func close()
}

/// Which infos a vector's replies have.
public enum InfoDetail: String, Sendable, Hashable, CaseIterable {
    /// Of every sub-environment in every step.
    case full
    /// Of the sub-environments whose episode ended in the step.
    case ends
    case none
}

/// Why a vector did not step.
public struct VectorStepError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What can be done about it.
    public enum Kind: Sendable, Hashable {
        /// The episode of a sub-environment is over, or none has begun: reset it. Nothing has been stepped.
        case resetNeeded
        /// The actions are not elements of the action space. Nothing has been stepped.
        case invalidActions
        /// A sub-environment has failed: reset it, or make the vector again.
        case failed
        /// A vector elsewhere did not answer in time. The same call again waits for the same answer and steps once.
        case unanswered
        /// A vector elsewhere is gone: make it again.
        case lost
    }

    public let kind: Kind
    /// The sub-environment at fault; 0 where it is not one of them.
    public let index: Int
    public let description: String

    public init(index: Int = 0, kind: Kind = .resetNeeded, _ description: String) {
        self.kind = kind
        self.index = index
        self.description = description
    }
}

extension VectorEnvironment {
    /// As quick as it can.
    public var waits: Bool { false }

    /// Goes on as before.
    public func use(_ team: ThreadTeam) {}
}
