/// Keeps what happens in an environment, for later.
///
/// A failure stops the recording of an episode, never the episode.
public protocol EpisodeRecorder: Sendable {
    /// Begins an episode and returns its id.
    func begin(_ episode: EpisodeStart) async throws -> String

    /// Adds a step; returns when it is durable.
    func record(_ step: EpisodeStep, of episode: String) async throws

    /// Ends an episode.
    func end(_ episode: String, _ status: EpisodeStatus) async throws

    /// A journal for the episodes of one environment that is too quick to be waited for.
    ///
    /// - Parameter onFailure: called at most once, on any thread: recording has stopped, and why.
    /// - Returns: nil where this recorder has no journals, and its other calls are to be awaited.
    func journal(onFailure: @escaping @Sendable (any Error) -> Void) -> (any EpisodeJournal)?

    /// A journal for the episodes of a vector's sub-environments; as ``journal(onFailure:)``.
    func journal(
        _ vector: VectorStart, onFailure: @escaping @Sendable (any Error) -> Void
    ) -> (any VectorJournal)?
}

extension EpisodeRecorder {
    /// None.
    public func journal(onFailure: @escaping @Sendable (any Error) -> Void) -> (any EpisodeJournal)? { nil }

    /// None.
    public func journal(
        _ vector: VectorStart, onFailure: @escaping @Sendable (any Error) -> Void
    ) -> (any VectorJournal)? { nil }
}
