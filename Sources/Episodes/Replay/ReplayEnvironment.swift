public import Gymnasium
public import Randomness

/// Recorded episodes, served as an environment: the same observations, rewards, flags and info as were recorded.
///
/// Frame 0 is the recorded reset's observation; action t is answered with step t. Each reset goes on to the next episode,
/// after the last one to the first again. Replay reads what is stored, it runs no farm: an action other than the recorded one
/// changes nothing, and `info` says so. After the last step of an episode that was not recorded to its end, one more step
/// answers `truncated`, with the reason.
public final class ReplayEnvironment: ImmediateRows {
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

    public let form: EnvironmentForm

    private let episodes: [ReplayedEpisode]
    private let maxSteps: Int?
    private var place = -1
    /// The last step taken; nil outside an episode.
    private var index: Int?
    /// What the last step took when it was recorded, in seconds; 0 after a reset.
    private(set) var gap = 0.0
    private var info: [Value.Entry] = []
    private var line = "not reset yet"
    private var totalReward = 0.0

    /// Steps are answered at once, whatever the pace; ``PacedRows`` makes them wait.
    ///
    /// - Parameters:
    ///   - names: ids, `newest`, or `all` for all complete episodes that have the newest one's spaces.
    ///   - pace: what is told of the steps' time.
    ///   - maxSteps: truncates the replay after so many steps; nil: after the recorded length.
    /// - Throws: ``EpisodeStoreError`` when there is no such episode, or they have different spaces.
    public init(
        _ store: EpisodeStore, episodes names: [String] = ["newest"], onDivergence: Divergence = .tell,
        pace: Pace = .fast, maxSteps: Int? = nil
    ) throws(EpisodeStoreError) {
        self.maxSteps = maxSteps
        let replayed = try store.replayable(names)
        episodes = replayed.map { ReplayedEpisode(store, $0, onDivergence: onDivergence) }
        form = try ReplayEnvironment.form(
            episodes, onDivergence, pace, maxSteps: maxSteps, layout: .single, actionMaskCount: 0)
    }

    /// What replays say of themselves, single ones and rows.
    static func form(
        _ episodes: [ReplayedEpisode], _ divergence: Divergence, _ pace: Pace, maxSteps: Int?, layout: RowLayout,
        actionMaskCount: Int
    ) throws(EpisodeStoreError) -> EnvironmentForm {
        let first = episodes[0].episode
        let ids = episodes.map { Value.integer($0.episode.summary.id) }
        var longest = layout.isVector ? 1 : 0.001
        if pace == .recorded {
            for episode in episodes { longest = max(longest, try episode.longestGap() * 1.5) }
        }
        var spec = ReplayEnvironment.spec
        spec.maxEpisodeSteps = maxSteps ?? 0
        return EnvironmentForm(
            spec: spec, observationSpace: first.observationSpace, actionSpace: first.actionSpace, layout: layout,
            arguments: [
                Value.Entry("episode", ids.count == 1 ? ids[0] : .tuple(ids)),
                Value.Entry("on_divergence", .text(divergence.rawValue)), Value.Entry("pace", .text(pace.rawValue)),
            ],
            scenarioText: first.scenarioText, infoDetail: .full, actionMaskCount: actionMaskCount,
            expectedStepSeconds: longest, expectedResetSeconds: layout.isVector ? nil : 0.1, isReproducible: false)
    }

    /// Always the recorded one.
    public var seeds: [Seed] { [episodes[max(place, 0)].episode.summary.seed] }

    /// Begins the next recorded episode; seeds and options are not looked at.
    public func resetNow(
        seeds: [Seed?], mask: [Bool]?, options: [Value.Entry], into buffers: RowBuffers
    ) throws(EnvironmentError) {
        place = (place + 1) % episodes.count
        let summary = episodes[place].episode.summary
        index = 0
        totalReward = 0
        gap = 0
        line = "episode \(summary.id), frame 0 of \(summary.length): reset, seed \(summary.seed)"
        let beginning = episodes[place].beginning()
        info = beginning.info
        buffers.observation = beginning.observation
        buffers.put(at: 0)
    }

    public func stepNow(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) throws(EnvironmentError) {
        guard let index else {
            throw EnvironmentError(.resetNeeded, "no replay of an episode is under way; reset it first")
        }
        let action = form.actionSpace.arrayForm?.element(actions) ?? buffers.action ?? .tuple([])
        var result = try episodes[place].answer(to: action, at: index + 1)
        gap = episodes[place].gap
        if let maxSteps, index + 1 >= maxSteps, !result.terminated { result.truncated = true }
        totalReward += result.reward
        let summary = episodes[place].episode.summary
        line =
            "episode \(summary.id), frame \(index + 1) of \(summary.length): action \(action.oneLine), "
            + "reward \(result.reward), return \(totalReward)\(result.flagText.map { ", " + $0 } ?? "")"
        self.index = result.terminated || result.truncated ? nil : index + 1
        info = result.info
        buffers.observation = result.observation
        buffers.put(reward: result.reward, terminated: result.terminated, truncated: result.truncated, at: 0)
    }

    public func info(at index: Int) -> [Value.Entry] { info }

    /// A line of text: frame, action, reward, return.
    public func renderNow(at index: Int, mode: String) throws(EnvironmentError) -> RenderedFrame? {
        mode == "ansi" ? .text(line + "\n") : nil
    }

    public func closeNow() {}
}

extension StepResult {
    /// "terminated", "truncated", both, or nil.
    var flagText: String? {
        let flags = [terminated ? "terminated" : nil, truncated ? "truncated" : nil].compactMap { $0 }
        return flags.isEmpty ? nil : flags.joined(separator: ", ")
    }
}
