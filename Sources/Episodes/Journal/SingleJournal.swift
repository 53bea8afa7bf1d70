import Foundation
import GRDB
import Gymnasium
import Synchronization

/// The journal of one environment: a row a step.
final class SingleJournal: EpisodeListener, JournalOwner {
    private let store: EpisodeStore
    private let writer: JournalWriter
    private let onFailure: @Sendable (any Error) -> Void
    private let state: Mutex<State>

    private struct State {
        var episodes: RowEpisodes
        var episode: Int64?
        var totalReward = 0.0
        var length = 0
        var qos: Double?
        var hasStopped = false
    }

    /// About what a step holds in memory beyond its observation: most of it is info.
    private static let stepBytes = 4_096

    init(
        _ store: EpisodeStore, _ writer: JournalWriter, _ environment: ObservedEnvironment,
        onFailure: @escaping @Sendable (any Error) -> Void
    ) {
        self.store = store
        self.writer = writer
        self.onFailure = onFailure
        state = Mutex(State(episodes: RowEpisodes(environment)))
    }

    deinit { writer.remove(self) }

    var episode: String? { state.withLock { $0.episode.map { String($0) } } }

    func begin(_ reset: ObservedReset) { take(state.withLock { $0.episodes.begin(reset) }) }
    func step(_ step: ObservedStep) { take(state.withLock { $0.episodes.step(step) }) }
    func end() { take(state.withLock { $0.episodes.end() }) }

    private func take(_ told: [(row: Int, event: RowEpisodes.Event)]) {
        for (_, event) in told {
            switch event {
            case .begin(let start): begin(start)
            case .step(let step): record(step)
            case .end(let status): end(status)
            }
        }
    }

    private func begin(_ start: EpisodeStart) {
        guard !state.withLock({ $0.hasStopped }), let id = store.takeNumber(writer, for: self) else { return }
        state.withLock { $0 = State(episodes: $0.episodes, episode: id) }
        store.running.withLock { _ = $0.insert(id) }
        let now = Date()
        writer.put(self, bytes: SingleJournal.stepBytes) { [store] db in
            _ = try EpisodeRow(
                id: id, setup: store.setup(start.environment, db), seed: start.seed, resets: start.resets,
                startedAt: now,
                observation: CanonicalBytes.bytes(start.observation), info: CanonicalBytes.bytes(info: start.info),
                options: start.options
            ).insert(db)
        }
    }

    private func record(_ step: EpisodeStep) {
        let id = state.withLock { state in
            guard state.episode != nil else { return nil as Int64? }
            state.totalReward += step.result.reward
            state.length += 1
            state.qos = step.result.info.resultQoS
            return state.episode
        }
        guard let id else { return }
        let now = Date()
        writer.put(self, bytes: SingleJournal.stepBytes) { db in
            try EpisodeStore.insert(step, of: id, at: now, db)
        }
    }

    private func end(_ status: EpisodeStatus) {
        let ended = state.withLock { state in
            defer { state.episode = nil }
            return state.episode.map { ($0, state.totalReward, state.length, state.qos) }
        }
        guard let (id, totalReward, length, qos) = ended else { return }
        let ending = EpisodeRow.Ending(
            status: status, totalReward: totalReward, length: length, qos: qos, at: Date())
        writer.put(self, bytes: 64) { [store] db in
            try ending.update(id, db)
            store.running.withLock { _ = $0.remove(id) }
        }
    }

    func flush(_ db: Database) throws {}

    func stop(_ error: EpisodeStoreError, isFirst: Bool) {
        state.withLock { $0 = State(episodes: $0.episodes, hasStopped: true) }
        if isFirst { onFailure(error) }
    }
}
