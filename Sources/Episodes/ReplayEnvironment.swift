public import Gymnasium
public import Randomness

/// A recorded episode, served as an environment: the same observations, rewards, flags and info as were recorded.
///
/// Frame 0 is the recorded reset's observation; action t is answered with step t. Replay reads what is stored, it runs no
/// farm: an action other than the recorded one changes nothing, and `info` says so. After the last step of an episode that
/// was not recorded to its end, one more step answers `truncated`, with the reason.
public final class ReplayEnvironment: AsyncEnvironment {
    /// What to do when an action is not the recorded one.
    public enum Divergence: String, Sendable, CaseIterable {
        /// Say so in `info`, and go on.
        case tell
        /// Say so in `info`, and truncate.
        case stop
    }

    public let spec: EnvironmentSpec
    public let arguments: [Value.Entry]
    public let expectedStepSeconds = 0.001
    public let expectedResetSeconds = 0.01

    private let store: EpisodeStore
    private let episode: Episode
    private let onDivergence: Divergence
    private let maxSteps: Int?
    /// The last step taken; nil outside an episode.
    private var index: Int?
    private var last: Value
    private var line = "not reset yet"
    private var totalReward = 0.0

    /// - Parameter maxSteps: truncates the replay after so many steps; nil leaves the recorded length.
    /// - Throws: ``EpisodeStoreError`` when there is no such episode.
    public init(
        _ store: EpisodeStore, episode name: String = "newest", onDivergence: Divergence = .tell, maxSteps: Int? = nil
    ) throws(EpisodeStoreError) {
        self.store = store
        self.onDivergence = onDivergence
        self.maxSteps = maxSteps
        episode = try store.episode(named: name)
        last = episode.observation
        arguments = [
            Value.Entry("episode", .integer(episode.summary.id)),
            Value.Entry("on_divergence", .text(onDivergence.rawValue)),
        ]
        var spec = ReplayEnvironment.spec
        spec.maxEpisodeSteps = maxSteps ?? 0
        self.spec = spec
    }

    public var observationSpace: Space { episode.observationSpace }
    public var actionSpace: Space { episode.actionSpace }
    public var scenarioText: String { episode.scenarioText }

    /// Begins the recorded episode again. The seed in force is always the recorded one; options are not looked at.
    public func reset(seed: Seed?, options: [Value.Entry]) async throws -> ResetResult {
        index = 0
        last = episode.observation
        totalReward = 0
        line =
            "episode \(episode.summary.id), frame 0 of \(episode.summary.length): reset, seed \(episode.summary.seed)"
        return ResetResult(observation: episode.observation, info: episode.info, seed: episode.summary.seed)
    }

    public func step(_ action: Value) async throws -> StepResult {
        guard let index else {
            throw EnvironmentError(
                .resetNeeded, "the replay of episode \(episode.summary.id) is not under way; reset it first")
        }
        let action = try element(action)
        var result = try answer(to: action, at: index + 1)
        if let maxSteps, index + 1 >= maxSteps, !result.terminated { result.truncated = true }
        last = result.observation
        totalReward += result.reward
        line =
            "episode \(episode.summary.id), frame \(index + 1) of \(episode.summary.length): action \(action.oneLine), "
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

    private func answer(to action: Value, at step: Int) throws -> StepResult {
        let recorded: RecordedStep?
        do {
            recorded = try store.step(step, of: episode.summary.id)
        } catch {
            throw EnvironmentError(.backendUnavailable, "step \(step) can not be replayed: \(error)")
        }
        guard let recorded else {
            let reason =
                "the recording of episode \(episode.summary.id) ends after step \(step - 1), before the episode did"
            return StepResult(
                observation: last, reward: 0, terminated: false, truncated: true,
                info: [Value.Entry("reason", .text(reason))])
        }
        var result = recorded.result
        let meant = (try? actionSpace.element(from: recorded.action)) ?? recorded.action
        guard meant != action else { return result }
        result.info.put("replay_diverged", .boolean(true))
        result.info.put("replay_recorded_action", recorded.action)
        if onDivergence == .stop {
            result.truncated = result.truncated || !result.terminated
            result.info.put("reason", .text("action \(step) is not the recorded one"))
        }
        return result
    }

    private func element(_ action: Value) throws -> Value {
        do {
            return try actionSpace.element(from: action)
        } catch {
            let reason: EnvironmentError.Reason =
                switch error.kind {
                case .type: .actionType
                case .shape: .actionShape
                case .range: .actionOutOfSpace
                }
            throw EnvironmentError(reason, "not an action of the recorded environment: \(error)")
        }
    }
}

extension StepResult {
    /// "terminated", "truncated", both, or nil.
    var flagText: String? {
        let flags = [terminated ? "terminated" : nil, truncated ? "truncated" : nil].compactMap { $0 }
        return flags.isEmpty ? nil : flags.joined(separator: ", ")
    }
}

extension [Value.Entry] {
    /// Sets `key` in a list sorted by key.
    fileprivate mutating func put(_ key: String, _ value: Value) {
        removeAll { $0.key == key }
        insert(Value.Entry(key, value), at: firstIndex { $0.key > key } ?? endIndex)
    }
}
