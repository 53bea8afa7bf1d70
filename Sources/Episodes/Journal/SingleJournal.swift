import Foundation
import GRDB
import Gymnasium
import Randomness
import Synchronization

/// The journal of one environment: a row a step.
final class SingleJournal: EpisodeListener, JournalOwner {
    private let store: EpisodeStore
    private let writer: JournalWriter
    private let environment: ObservedEnvironment
    private let onFailure: @Sendable (any Error) -> Void
    private let state = Mutex(State())

    private struct State {
        var episode: Int64?
        var totalReward = 0.0
        var length = 0
        var qos: Double?
        var lastSeed: Seed?
        var resets = 0
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
        self.environment = environment
        self.onFailure = onFailure
    }

    deinit { writer.remove(self) }

    var episode: String? { state.withLock { $0.episode.map { String($0) } } }

    func begin(_ reset: ObservedReset) {
        end(.partial)
        let seed = reset.seeds[0]
        guard !state.withLock({ $0.hasStopped }), let id = store.takeNumber(writer, for: self) else { return }
        let resets = state.withLock { state in
            // An environment whose seed stays the same goes on with its random numbers.
            let resets = !reset.isSeeded[0] && state.lastSeed == seed ? state.resets + 1 : 0
            state = State(episode: id, lastSeed: seed, resets: resets)
            return resets
        }
        store.running.withLock { _ = $0.insert(id) }
        let now = Date()
        let start = EpisodeStart(
            environment, seed: seed, observation: reset.buffers.observation(of: reset.form),
            info: reset.infos[0] ?? [], resets: resets, options: reset.options)
        writer.put(self, bytes: SingleJournal.stepBytes) { [store] db in
            _ = try EpisodeRow(
                id: id, setup: store.setup(start, db), seed: start.seed, resets: start.resets, startedAt: now,
                observation: CanonicalBytes.bytes(start.observation), info: CanonicalBytes.bytes(info: start.info),
                options: start.options
            ).insert(db)
        }
    }

    func step(_ step: ObservedStep) {
        let buffers = step.buffers
        let result = StepResult(
            observation: buffers.observation(of: step.form), reward: buffers.rewards[0],
            terminated: buffers.terminations[0], truncated: buffers.truncations[0], info: step.infos[0] ?? [],
            events: step.events[0])
        let known = state.withLock { state -> (id: Int64, index: Int)? in
            guard let id = state.episode else { return nil }
            state.totalReward += result.reward
            state.length += 1
            state.qos = result.info.resultQoS
            return (id, state.length)
        }
        guard let (id, index) = known else { return }
        let recorded = EpisodeStep(index: index, action: step.action(at: 0), result: result)
        let now = Date()
        writer.put(self, bytes: SingleJournal.stepBytes) { db in
            try EpisodeStore.insert(recorded, of: id, at: now, db)
        }
        if result.terminated { end(.terminated) } else if result.truncated { end(.truncated) }
    }

    func end() { end(.partial) }

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
        state.withLock { $0 = State(hasStopped: true) }
        if isFirst { onFailure(error) }
    }
}
