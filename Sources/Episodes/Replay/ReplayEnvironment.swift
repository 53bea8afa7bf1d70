public import Gymnasium
import Numbers
public import Randomness

/// Recorded episodes, served as an environment: the same observations, rewards, flags and info as were recorded.
///
/// Frame 0 is the recorded reset's observation; action t is answered with step t. Each reset goes on to the next episode,
/// after the last one to the first again. Replay reads what is stored, it runs no farm: an action other than the recorded one
/// changes nothing, and `info` says so. After the last step of an episode that was not recorded to its end, one more step
/// answers `truncated`, with the reason.
public final class ReplayEnvironment: AsyncEnvironment {
    /// What to do when an action is not the recorded one.
    public enum Divergence: String, Sendable, CaseIterable {
        /// Say so in `info`, and go on.
        case tell
        /// Say so in `info`, and truncate.
        case stop
    }

    /// How fast steps are answered.
    public enum Pace: String, Sendable, CaseIterable {
        /// As fast as they are asked for.
        case fast
        /// No sooner after the last one than they were recorded.
        case recorded
    }

    public let spec: EnvironmentSpec
    public let arguments: [Value.Entry]
    public let expectedStepSeconds: Double
    public let expectedResetSeconds = 0.1

    private let episodes: [ReplayedEpisode]
    private let maxSteps: Int?
    private let pace: Pace
    private var place = -1
    /// The last step taken; nil outside an episode.
    private var index: Int?
    private var answeredAt = ContinuousClock.now
    private var line = "not reset yet"
    private var totalReward = 0.0

    /// - Parameters:
    ///   - names: ids, `newest`, or `all` for all complete episodes that have the newest one's spaces.
    ///   - maxSteps: truncates the replay after so many steps; nil leaves the recorded length.
    /// - Throws: ``EpisodeStoreError`` when there is no such episode, or they have different spaces.
    public init(
        _ store: EpisodeStore, episodes names: [String] = ["newest"], onDivergence: Divergence = .tell,
        pace: Pace = .fast, maxSteps: Int? = nil
    ) throws(EpisodeStoreError) {
        self.maxSteps = maxSteps
        self.pace = pace
        var episodes: [ReplayedEpisode] = []
        for episode in try store.replayable(names) {
            episodes.append(ReplayedEpisode(store, episode, onDivergence: onDivergence))
        }
        self.episodes = episodes
        let ids = episodes.map { Value.integer($0.episode.summary.id) }
        arguments = [
            Value.Entry("episode", ids.count == 1 ? ids[0] : .tuple(ids)),
            Value.Entry("on_divergence", .text(onDivergence.rawValue)),
            Value.Entry("pace", .text(pace.rawValue)),
        ]
        var longest = 0.001
        if pace == .recorded {
            for episode in episodes { longest = max(longest, try episode.longestGap() * 1.5) }
        }
        expectedStepSeconds = longest
        var spec = ReplayEnvironment.spec
        spec.maxEpisodeSteps = maxSteps ?? 0
        self.spec = spec
    }

    public var observationSpace: Space { episodes[0].episode.observationSpace }
    public var actionSpace: Space { episodes[0].episode.actionSpace }
    public var scenarioText: String { episodes[0].episode.scenarioText }

    /// Begins the next recorded episode. The seed in force is always the recorded one; options are not looked at.
    public func reset(seed: Seed?, options: [Value.Entry]) async throws -> ResetResult {
        place = (place + 1) % episodes.count
        let summary = episodes[place].episode.summary
        index = 0
        totalReward = 0
        answeredAt = .now
        line = "episode \(summary.id), frame 0 of \(summary.length): reset, seed \(summary.seed)"
        return episodes[place].beginning()
    }

    public nonisolated(nonsending) func step(_ action: Value) async throws -> StepResult {
        guard let index else {
            throw EnvironmentError(.resetNeeded, "no replay of an episode is under way; reset it first")
        }
        let action = try actionSpace.replayedAction(action)
        var result = try episodes[place].answer(to: action, at: index + 1)
        if pace == .recorded {
            try await Task.sleep(until: answeredAt + Duration(clampingSeconds: episodes[place].gap), clock: .continuous)
            answeredAt = .now
        }
        if let maxSteps, index + 1 >= maxSteps, !result.terminated { result.truncated = true }
        totalReward += result.reward
        let summary = episodes[place].episode.summary
        line =
            "episode \(summary.id), frame \(index + 1) of \(summary.length): action \(action.oneLine), "
            + "reward \(result.reward), return \(totalReward)\(result.flagText.map { ", " + $0 } ?? "")"
        self.index = result.terminated || result.truncated ? nil : index + 1
        return result
    }

    /// A line of text: frame, action, reward, return.
    public func render(mode: String) async throws -> RenderedFrame {
        guard mode == "ansi" else {
            throw EnvironmentError(.unsupported, "a replay has no render mode \"\(mode)\"; it has: ansi")
        }
        return .text(line + "\n")
    }

    public func close() async {}
}

extension StepResult {
    /// "terminated", "truncated", both, or nil.
    var flagText: String? {
        let flags = [terminated ? "terminated" : nil, truncated ? "truncated" : nil].compactMap { $0 }
        return flags.isEmpty ? nil : flags.joined(separator: ", ")
    }
}
