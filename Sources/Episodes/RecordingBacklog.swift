import Synchronization

/// What was put aside for the recording and is not in the file yet.
public struct RecordingBacklog: Sendable, Hashable {
    /// About what it takes in memory.
    public var bytes = 0
    /// How long the oldest of it has waited; 0 when there is none.
    public var seconds = 0.0
}

extension EpisodeStore {
    /// Steps of simulated episodes that wait for the file. Those of live farms are in it before they are answered.
    public var backlog: RecordingBacklog {
        guard let backlog = journals.withLock({ $0?.backlog }) else { return RecordingBacklog() }
        let seconds = backlog.since.map { (ContinuousClock.now - $0) / .seconds(1) } ?? 0
        return RecordingBacklog(bytes: backlog.bytes, seconds: seconds)
    }
}
