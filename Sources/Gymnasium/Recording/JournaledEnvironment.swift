public import Randomness

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

    /// - Parameter start: what all episodes have in common; seed, options, observation and info are not looked at.
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
        (start.seed, start.resets, start.options) = (result.seed, resets, options)
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
