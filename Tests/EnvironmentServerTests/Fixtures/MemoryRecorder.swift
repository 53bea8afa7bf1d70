import Gymnasium
import Randomness
import Synchronization

/// Keeps what it is told in memory, or refuses everything.
final class MemoryRecorder: EpisodeRecorder, EpisodeObserver {
    struct Refusal: Error {}

    enum Event: Sendable, Equatable {
        case begun(String, seed: Seed)
        case step(String, index: Int)
        case ended(String, EpisodeStatus)
    }

    private let events = Mutex<[Event]>([])
    private let refusals = Mutex(0)
    private let refuses: Bool

    init(refuses: Bool = false) {
        self.refuses = refuses
    }

    var all: [Event] { events.withLock { $0 } }
    var refused: Int { refusals.withLock { $0 } }

    func listener(
        to environment: ObservedEnvironment, onFailure: @escaping @Sendable (any Error) -> Void
    ) -> (any EpisodeListener)? {
        RecordedEpisodes(self, environment, onFailure: onFailure)
    }

    func begin(_ episode: EpisodeStart) async throws -> String {
        try refuse()
        return events.withLock { events in
            let id = "episode-\(events.count)"
            events.append(.begun(id, seed: episode.seed))
            return id
        }
    }

    func record(_ step: EpisodeStep, of episode: String) async throws {
        try refuse()
        events.withLock { $0.append(.step(episode, index: step.index)) }
    }

    func end(_ episode: String, _ status: EpisodeStatus) async throws {
        try refuse()
        events.withLock { $0.append(.ended(episode, status)) }
    }

    private func refuse() throws {
        guard refuses else { return }
        refusals.withLock { $0 += 1 }
        throw Refusal()
    }
}
