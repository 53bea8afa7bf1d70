/// Keeps episodes for later, and is waited for.
public protocol EpisodeRecorder: Sendable {
    /// Begins an episode and returns its id.
    func begin(_ episode: EpisodeStart) async throws -> String

    /// Adds a step; returns when it is durable.
    func record(_ step: EpisodeStep, of episode: String) async throws

    /// Ends an episode.
    func end(_ episode: String, _ status: EpisodeStatus) async throws
}
