import Synchronization

/// Gives the episodes of rows to a recorder, which is waited for: what an agent was answered is durable then.
///
/// A failure stops the recording of an episode; the next one is tried anew.
public final class RecordedEpisodes: EpisodeListener {
    private let recorder: any EpisodeRecorder
    private let onFailure: @Sendable (any Error) -> Void
    private let state: Mutex<State>

    private struct State {
        var episodes: RowEpisodes
        /// Not carried out yet.
        var told: [(row: Int, event: RowEpisodes.Event)] = []
        /// By row, of the episode that is being recorded.
        var ids: [String?]
        var hasFailed = false
    }

    public init(
        _ recorder: any EpisodeRecorder, _ environment: ObservedEnvironment,
        onFailure: @escaping @Sendable (any Error) -> Void
    ) {
        self.recorder = recorder
        self.onFailure = onFailure
        let ids = [String?](repeating: nil, count: environment.form.count)
        state = Mutex(State(episodes: RowEpisodes(environment), ids: ids))
    }

    public var isAwaited: Bool { true }
    public var episode: String? { state.withLock { $0.ids[0] } }

    public func begin(_ reset: ObservedReset) { state.withLock { $0.told += $0.episodes.begin(reset) } }
    public func step(_ step: ObservedStep) { state.withLock { $0.told += $0.episodes.step(step) } }
    public func end() { state.withLock { $0.told += $0.episodes.end() } }

    public nonisolated(nonsending) func commit() async {
        for (row, event) in state.withLock({ exchange(&$0.told, with: []) }) { await carryOut(event, of: row) }
    }

    private nonisolated(nonsending) func carryOut(_ event: RowEpisodes.Event, of row: Int) async {
        let id = state.withLock { $0.ids[row] }
        do {
            switch event {
            case .begin(let start):
                let begun = try await recorder.begin(start)
                state.withLock { $0.ids[row] = begun }
            case .step(let step):
                if let id { try await recorder.record(step, of: id) }
            case .end(let status):
                guard let id else { return }
                try await recorder.end(id, status)
                state.withLock { $0.ids[row] = nil }
            }
        } catch {
            // The session is being closed: closing ends the episode, and is not cancelled.
            if error is CancellationError { return }
            let isFirst = state.withLock { state in
                defer { state.hasFailed = true }
                state.ids[row] = nil
                return !state.hasFailed
            }
            if isFirst { onFailure(error) }
            // What is there of it should not look as if it still ran.
            if case .step = event, let id { try? await recorder.end(id, .partial) }
        }
    }
}
