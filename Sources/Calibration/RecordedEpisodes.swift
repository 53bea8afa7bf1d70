public import Episodes
import Farm
import FarmEnvironments
import Foundation
import Gymnasium

/// Live episodes of one scenario and one speed, to be calibrated with.
public struct RecordedEpisodes {
    let store: EpisodeStore
    /// The recording's path.
    let file: String
    let episodes: [Episode]
    let scenario: Scenario

    /// Takes the live episodes of farms with tasks from those that are chosen.
    ///
    /// - Parameters:
    ///   - file: the recording's path.
    ///   - speed: only episodes that were recorded at this speed; nil: of any.
    /// - Throws: ``CalibrationError`` where there is none, or where they are of several scenarios or speeds; `EpisodeStoreError`.
    public init(_ chosen: [EpisodeSummary], of store: EpisodeStore, file: String, speed: Double? = nil) throws {
        var episodes: [Episode] = []
        for summary in chosen
        where summary.environmentID == FarmEnvironmentRegistration.id && summary.status != .running {
            let episode = try store.episode(summary.id)
            if let speed, speed != episode.speed { continue }
            if episode.isReproducible != true, try !store.tasks(of: summary.id).isEmpty { episodes.append(episode) }
        }
        guard let newest = episodes.last else {
            throw CalibrationError(
                "there is no live episode with tasks among those chosen from \(file); record some with `faasfarm serve --record`"
            )
        }
        scenario = try Scenario(yaml: newest.scenarioText, file: "episode \(newest.summary.id)")
        let others = Set(episodes.map(\.scenarioText)).count - 1
        guard others == 0 else {
            throw CalibrationError(
                "the episodes chosen are of \(others + 1) scenarios; name one with --scenario, or episodes by id")
        }
        // What a call costs beyond its work is real time, which no speed divides, so speeds are not alike.
        let speeds = Set(episodes.map(\.speed)).sorted()
        guard speeds.count == 1 else {
            throw CalibrationError(
                "the episodes chosen were recorded at the speeds \(speeds.map { String(format: "%g", $0) }.joined(separator: ", ")), "
                    + "which are not alike; choose one with --speed, or episodes by id")
        }
        (self.store, self.file, self.episodes) = (store, file, episodes)
    }
}
