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

    /// A journal for the episodes of one environment that is too quick to be waited for.
    ///
    /// - Parameter onFailure: called at most once, on any thread: recording has stopped, and why.
    /// - Returns: nil where this recorder has no journals, and its other calls are to be awaited.
    func journal(onFailure: @escaping @Sendable (any Error) -> Void) -> (any EpisodeJournal)?

    /// A journal for the episodes of a vector's sub-environments; as ``journal(onFailure:)``.
    func journal(
        _ vector: VectorStart, onFailure: @escaping @Sendable (any Error) -> Void
    ) -> (any VectorJournal)?
}

extension EpisodeRecorder {
    /// None.
    public func journal(onFailure: @escaping @Sendable (any Error) -> Void) -> (any EpisodeJournal)? { nil }

    /// None.
    public func journal(
        _ vector: VectorStart, onFailure: @escaping @Sendable (any Error) -> Void
    ) -> (any VectorJournal)? { nil }
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
    /// What `make` shortened the environment's own time limit to; nil where it did not.
    public var maxEpisodeSteps: Int?
    /// Whether the same seed and actions give the same episode again.
    public var isReproducible: Bool
    /// Resets without a seed since the seed was given, in environments that then go on with their random numbers, and
    /// whose steps draw none.
    public var resets: Int

    public init(
        environmentID: String, arguments: [Value.Entry], scenarioText: String, observationSpace: Space,
        actionSpace: Space, seed: Seed, observation: Value, info: [Value.Entry], maxEpisodeSteps: Int? = nil,
        isReproducible: Bool = false, resets: Int = 0
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

/// Takes in the episodes of one environment, one after the other. Calls only put aside what they are told, for a thread that
/// writes it a tenth of a second later at most; they come one at a time.
public protocol EpisodeJournal: AnyObject, Sendable {
    /// Begins an episode; one that is under way is partial.
    ///
    /// - Returns: its id; nil when recording has stopped.
    func begin(_ start: EpisodeStart) -> String?

    /// Adds a step to the episode under way; without one, does nothing.
    func record(_ step: EpisodeStep)

    /// Ends the episode under way; without one, does nothing.
    func end(_ status: EpisodeStatus)
}

/// Takes in the episodes of a vector's sub-environments; otherwise as ``EpisodeJournal``.
public protocol VectorJournal: AnyObject, Sendable {
    /// Episodes that a reset began. Those of the same sub-environments that are under way are partial.
    func reset(_ reset: VectorReset)

    /// A step of all sub-environments, with the episodes that it ended and, by the vector's autoreset mode, began.
    func step(_ step: VectorStep)

    /// Ends the episodes under way as partial.
    func end()
}

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

/// Rows are those of ``VectorBuffers``, one a sub-environment.
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

/// Rows are those of ``VectorBuffers``, one a sub-environment.
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

/// An environment whose episodes go into a journal. In all else it is the environment that it was made of.
public final class JournaledEnvironment: ImmediateEnvironment {
    /// The id of the last episode begun; nil before, and when recording had stopped.
    public private(set) var episode: String?
    private let environment: any ImmediateEnvironment
    private let journal: any EpisodeJournal
    private let start: EpisodeStart
    private var stepIndex = 0
    private var lastSeed: Seed?
    private var resets = 0

    /// - Parameter start: what all episodes have in common; seed, observation and info are not looked at.
    public init(_ environment: any ImmediateEnvironment, _ journal: any EpisodeJournal, start: EpisodeStart) {
        self.environment = environment
        self.journal = journal
        self.start = start
    }

    public var spec: EnvironmentSpec { environment.spec }
    public var observationSpace: Space { environment.observationSpace }
    public var actionSpace: Space { environment.actionSpace }
    public var arguments: [Value.Entry] { environment.arguments }
    public var expectedStepSeconds: Double { environment.expectedStepSeconds }
    public var expectedResetSeconds: Double { environment.expectedResetSeconds }
    public var scenarioText: String { environment.scenarioText }

    public func resetNow(seed: Seed?, options: [Value.Entry]) throws(EnvironmentError) -> ResetResult {
        journal.end(.partial)
        episode = nil
        let result = try environment.resetNow(seed: seed, options: options)
        // An environment whose seed stays the same goes on with its random numbers.
        resets = seed == nil && lastSeed == result.seed ? resets + 1 : 0
        lastSeed = result.seed
        stepIndex = 0
        var start = start
        (start.seed, start.resets) = (result.seed, resets)
        (start.observation, start.info) = (result.observation, result.info)
        episode = journal.begin(start)
        return result
    }

    public func stepNow(_ action: Value) throws(EnvironmentError) -> StepResult {
        let result = try environment.stepNow(action)
        guard result.reward.isFinite else {
            journal.end(.partial)
            return result
        }
        stepIndex += 1
        journal.record(EpisodeStep(index: stepIndex, action: action, result: result))
        if result.terminated { journal.end(.terminated) } else if result.truncated { journal.end(.truncated) }
        return result
    }

    public func renderNow(mode: String) throws(EnvironmentError) -> RenderedFrame {
        try environment.renderNow(mode: mode)
    }

    public nonisolated(nonsending) func close() async {
        journal.end(.partial)
        await environment.close()
    }
}

/// A vector whose sub-environments' episodes go into a journal. In all else it is the vector that it was made of.
public final class JournaledVector: VectorEnvironment {
    private let vector: any VectorEnvironment
    private let journal: any VectorJournal
    /// For asking after seeds: a reset of no sub-environment clears final rows, and shall not clear the caller's.
    private let spare: VectorBuffers
    /// Whose episodes were over before the step.
    private var isOver: [Bool]

    public init(_ vector: any VectorEnvironment, _ journal: any VectorJournal) {
        self.vector = vector
        self.journal = journal
        spare = VectorBuffers(for: vector)
        isOver = Array(repeating: false, count: vector.count)
    }

    public var spec: EnvironmentSpec { vector.spec }
    public var singleObservationSpace: Space { vector.singleObservationSpace }
    public var singleActionSpace: Space { vector.singleActionSpace }
    public var count: Int { vector.count }
    public var autoresetMode: AutoresetMode { vector.autoresetMode }
    public var arguments: [Value.Entry] { vector.arguments }
    public var scenarioText: String { vector.scenarioText }
    public var infoDetail: InfoDetail { vector.infoDetail }
    public var actionMaskCount: Int { vector.actionMaskCount }
    public var expectedStepSeconds: Double { vector.expectedStepSeconds }

    public func reset(seeds: [Seed?], mask: [Bool]?, into buffers: VectorBuffers) -> [Seed] {
        let inForce = vector.reset(seeds: seeds, mask: mask, into: buffers)
        guard mask?.contains(true) ?? true else { return inForce }
        var infos: [Int: [Value.Entry]] = [:]
        for index in isOver.indices where mask?[index] ?? true {
            isOver[index] = false
            if vector.infoDetail == .full { infos[index] = vector.info(at: index) }
        }
        journal.reset(
            VectorReset(
                mask: mask, seeds: inForce, isSeeded: seeds.map { $0 != nil },
                observations: Array(buffers.observations), actionMasks: Array(buffers.actionMasks), infos: infos))
        return inForce
    }

    public func step(actions: UnsafeRawBufferPointer, into buffers: VectorBuffers) throws(VectorStepError) {
        try vector.step(actions: actions, into: buffers)
        guard buffers.rewards.allSatisfy(\.isFinite) else {
            journal.end()
            return
        }
        var step = VectorStep(
            actions: Array(actions), observations: Array(buffers.observations), rewards: Array(buffers.rewards),
            terminations: Array(buffers.terminations), truncations: Array(buffers.truncations),
            actionMasks: Array(buffers.actionMasks))
        let hasFinal = autoresetMode == .sameStep && buffers.finalMask.contains(true)
        for index in 0..<count {
            let isEnd = autoresetMode != .sameStep && (step.terminations[index] || step.truncations[index])
            if infoDetail == .full || infoDetail == .ends && isEnd { step.infos[index] = vector.info(at: index) }
            if hasFinal, buffers.finalMask[index] { step.finalInfos[index] = vector.finalInfo(at: index) }
        }
        if hasFinal { step.finalObservations = Array(buffers.finalObservations) }
        if hasFinal || autoresetMode == .nextStep && isOver.contains(true) {
            step.seeds = vector.reset(
                seeds: Array(repeating: nil, count: count), mask: Array(repeating: false, count: count), into: spare)
        }
        journal.step(step)
        guard autoresetMode == .nextStep else { return }
        for index in isOver.indices { isOver[index] = step.terminations[index] || step.truncations[index] }
    }

    public func info(at index: Int) -> [Value.Entry] { vector.info(at: index) }
    public func finalInfo(at index: Int) -> [Value.Entry]? { vector.finalInfo(at: index) }
    public func render(at index: Int, mode: String) -> RenderedFrame? { vector.render(at: index, mode: mode) }
    public func use(_ team: ThreadTeam) { vector.use(team) }

    public func close() {
        journal.end()
        vector.close()
    }
}
