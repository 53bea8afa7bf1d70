public import Foundation
public import Gymnasium
public import Randomness

/// What a list of episodes says of each.
public struct EpisodeSummary: Sendable, Hashable {
    /// Counts from 1 in a file; never given twice.
    public let id: Int64
    /// The environment's id, `faasfarm/Farm-v0`.
    public let environmentID: String
    /// An episode that its process left running is partial, also before anybody wrote that into the file.
    public let status: EpisodeStatus
    /// The seed in force at the reset.
    public let seed: Seed
    /// Sum of the rewards, of those recorded so far while running.
    public let totalReward: Double
    /// Number of steps, of those recorded so far while running. There is one observation more.
    public let length: Int
    /// When the reset was recorded.
    public let startedAt: Date
    /// When the end was recorded; nil while running, and where the writer died before.
    public let endedAt: Date?
    /// What wrote the episode.
    public let programVersion: String
    /// Where its steps came from.
    public let origin: Provenance.Kind
    /// The name of its scenario; empty where there is none.
    public let scenarioName: String
    /// Of a farm's episode that ended, 0 to 1; nil where it is not known, as of simulated ones that earlier versions recorded.
    public let qos: Double?
}

extension Provenance.Kind {
    /// - Parameters:
    ///   - isReproducible: nil where the recording does not say (schema 1).
    ///   - arguments: of `make`.
    init(environmentID: String, isReproducible: Bool?, arguments: [Value.Entry]) {
        let isLive =
            isReproducible.map { !$0 } ?? arguments["backend"].map { $0.string != Provenance.simulator } ?? false
        self = environmentID == ReplayEnvironment.spec.id ? .recorded : isLive ? .live : .simulated
    }
}

/// An episode without its steps: its summary, what it was made from, and its beginning.
public struct Episode: Sendable, Hashable {
    public let summary: EpisodeSummary
    /// The arguments of `make`, defaults filled in; sorted by key.
    public let arguments: [Value.Entry]
    /// The fully resolved scenario.
    public let scenarioText: String
    public let observationSpace: Space
    public let actionSpace: Space
    /// What the reset returned: frame 0.
    public let observation: Value
    /// What the reset returned; sorted by key.
    public let info: [Value.Entry]
    /// What the reset returned, where it was not in the info; nil without masks.
    public let actionMask: [Int8]?
    /// What `make` shortened the environment's own time limit to; nil where it did not.
    public let maxEpisodeSteps: Int?
    /// Whether the same seed and actions give the same episode again; nil where the recording does not say (schema 1).
    public let isReproducible: Bool?
    /// Resets without a seed since ``EpisodeSummary/seed``, in environments that then go on with their random numbers.
    public let resets: Int
    /// What the reset was given, beside its seed; nil where the recording does not say (schemas 1 and 2).
    public let options: [Value.Entry]?
    /// What the program that recorded it was built for: `linux x86_64 release`; empty where not known.
    public let platform: String

    /// Scenario seconds in a real second, of episodes in real time.
    public var speed: Double { arguments["speed"]?.double ?? 1 }
}

/// A recorded step. Step t leads from frame t − 1 to frame t, and frame 0 is what the reset returned.
public struct RecordedStep: Sendable {
    /// From 1.
    public let index: Int
    public let action: Value
    /// Its events are those that are no tasks.
    public let result: StepResult
    public let recordedAt: Date
    /// After the step, of an episode whose infos have no mask; nil without masks.
    public var actionMask: [Int8]?
}

/// One moment of an episode of T steps: there are T + 1, from 0.
public struct EpisodeFrame: Sendable {
    public let index: Int
    public let observation: Value
    public let info: [Value.Entry]
    /// The step that led here; nil for frame 0.
    public let step: RecordedStep?
}

/// What became of a task. Times are seconds of the episode; nil where the farm did not say.
public struct RecordedTask: Sendable, Hashable {
    /// How a task ended.
    public enum Outcome: String, Sendable, Hashable, CaseIterable {
        case done, failed, unfinished
    }

    /// As the farm calls it.
    public let id: String
    /// The step that told of its end.
    public let stepIndex: Int
    public let generated: Double?
    public let deadline: Double?
    public let firstStarted: Double?
    public let ended: Double?
    public let attempts: Int?
    public let outcome: Outcome?
    /// Of a failure.
    public let reason: String?
    /// Done before its deadline.
    public let onTime: Bool?
    /// Seconds of service of the attempt that counted.
    public let service: Double?
    public let worker: String?
}
