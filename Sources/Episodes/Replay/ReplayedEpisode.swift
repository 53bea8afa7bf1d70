import Foundation
import Gymnasium
import Randomness

/// One recorded episode as its answers. Steps are read in pages.
final class ReplayedEpisode {
    let episode: Episode
    /// Between the step answered last and the one before it, as they were recorded, in seconds.
    private(set) var gap = 0.0
    private let store: EpisodeStore
    private let onDivergence: ReplayEnvironment.Divergence
    private var page: [RecordedStep] = []
    private var last: Value
    private var lastMask: [Int8]?

    private static let pageSteps = 64

    init(_ store: EpisodeStore, _ episode: Episode, onDivergence: ReplayEnvironment.Divergence) {
        self.store = store
        self.episode = episode
        self.onDivergence = onDivergence
        last = episode.observation
    }

    /// Frame 0.
    func beginning() -> ResetResult {
        last = episode.observation
        lastMask = episode.actionMask
        var info = episode.info
        ReplayedEpisode.put(episode.actionMask, into: &info)
        return ResetResult(observation: episode.observation, info: info, seed: episode.summary.seed)
    }

    /// What the step `index`, from 1, was answered with.
    ///
    /// - Parameter action: an element of the action space.
    /// - Throws: ``EnvironmentError`` when the recording can not be read.
    func answer(to action: Value, at index: Int) throws(EnvironmentError) -> StepResult {
        guard let recorded = try step(index) else {
            let reason =
                "the recording of episode \(episode.summary.id) ends after step \(index - 1), before the episode did"
            gap = 0
            return StepResult(
                observation: last, reward: 0, terminated: false, truncated: true,
                info: [Value.Entry("reason", .text(reason))])
        }
        var result = recorded.result
        last = result.observation
        lastMask = recorded.actionMask
        ReplayedEpisode.put(recorded.actionMask, into: &result.info)
        guard inSpace(recorded.action) != inSpace(action) else { return result }
        result.info.put("replay_diverged", .boolean(true))
        result.info.put("replay_recorded_action", recorded.action)
        if onDivergence == .stop {
            result.truncated = result.truncated || !result.terminated
            result.info.put("reason", .text("action \(index) is not the recorded one"))
        }
        return result
    }

    private func inSpace(_ action: Value) -> Value { (try? episode.actionSpace.element(from: action)) ?? action }

    /// The mask of the frame answered last; nil without masks.
    var actionMask: [Int8]? { lastMask }

    /// The longest time between two steps, in seconds.
    func longestGap() throws(EpisodeStoreError) -> Double {
        var before = episode.summary.startedAt
        var longest = 0.0
        do {
            try store.forEachStep(of: episode.summary.id) { step in
                longest = max(longest, step.recordedAt.timeIntervalSince(before))
                before = step.recordedAt
            }
        } catch {
            throw EpisodeStoreError(error, path: store.path, busySeconds: store.busySeconds)
        }
        return longest
    }

    private func step(_ index: Int) throws(EnvironmentError) -> RecordedStep? {
        let before = index == 1 ? episode.summary.startedAt : page.first { $0.index == index - 1 }?.recordedAt
        if !page.contains(where: { $0.index == index }) {
            do {
                page = try store.steps(of: episode.summary.id, from: index, limit: ReplayedEpisode.pageSteps)
            } catch {
                throw EnvironmentError(.backendUnavailable, "step \(index) can not be replayed: \(error)")
            }
        }
        guard let step = page.first(where: { $0.index == index }) else { return nil }
        gap = before.map { max(0, step.recordedAt.timeIntervalSince($0)) } ?? 0
        return step
    }

    /// A mask that was recorded beside the info is in the info of a single environment.
    private static func put(_ mask: [Int8]?, into info: inout [Value.Entry]) {
        guard let mask, info["action_mask"] == nil else { return }
        info.put("action_mask", .array(NDArray(mask)))
    }
}

extension EpisodeStore {
    /// The episodes that `names` mean: ids, `newest`, or `all` for all complete ones that have the newest one's spaces.
    ///
    /// - Throws: ``EpisodeStoreError``; also when the spaces of those named differ.
    func replayable(_ names: [String]) throws(EpisodeStoreError) -> [Episode] {
        // An agent that was told of an episode's end may ask for it at once.
        waitForJournals()
        let first = try episode(named: names.first.map { $0 == "all" ? "newest" : $0 } ?? "newest")
        if names.first == "all" {
            var episodes: [Episode] = []
            for summary in try list().reversed()
            where [.terminated, .truncated].contains(summary.status)
                && summary.environmentID != ReplayEnvironment.spec.id
            {
                let episode = try episode(summary.id)
                if episode.hasSpaces(of: first) { episodes.append(episode) }
            }
            return episodes
        }
        var episodes = [first]
        for name in names.dropFirst() {
            let episode = try episode(named: name)
            guard episode.hasSpaces(of: first) else {
                throw .differentSpaces(episode: episode.summary.id, other: first.summary.id)
            }
            episodes.append(episode)
        }
        return episodes
    }
}

extension Episode {
    fileprivate func hasSpaces(of other: Episode) -> Bool {
        observationSpace == other.observationSpace && actionSpace == other.actionSpace
    }
}

extension [Value.Entry] {
    /// Sets `key` in a list sorted by key.
    mutating func put(_ key: String, _ value: Value) {
        removeAll { $0.key == key }
        insert(Value.Entry(key, value), at: firstIndex { $0.key > key } ?? endIndex)
    }
}
