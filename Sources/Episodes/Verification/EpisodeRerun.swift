public import Gymnasium
import Randomness

/// A simulated episode run again from its scenario, seed and actions.
public struct EpisodeRerun {
    private let environment: SingleEnvironment
    private let rows: any ImmediateRows
    /// What the reset gives now.
    public let beginning: ResetResult

    /// Makes the environment and brings it to the episode's first frame.
    ///
    /// - Parameters:
    ///   - registry: makes the environment; the backend of the recording must be one of its.
    ///   - infoDetail: nil leaves it as it was recorded.
    /// - Throws: ``EnvironmentError`` when the environment can not be made here.
    public init(_ episode: Episode, registry: EnvironmentRegistry, infoDetail: InfoDetail? = nil) async throws {
        let id = episode.summary.environmentID
        let names = registry.specs.first { $0.id == id }?.arguments.map(\.name) ?? []
        var entries = episode.arguments
        if names.contains("scenario"), !episode.scenarioText.isEmpty {
            // The scenario as it was then, whatever a preset of that name is today.
            EpisodeRerun.set("scenario", .text(episode.scenarioText), in: &entries)
        }
        if let infoDetail, names.contains("info") {
            EpisodeRerun.set("info", .text(infoDetail.rawValue), in: &entries)
        }
        let arguments = EnvironmentRegistry.Arguments(entries: entries, maxEpisodeSteps: episode.maxEpisodeSteps)
        let made = try await registry.make(id, arguments)
        guard let rows = made.immediate, made.form.isReproducible else {
            await made.close()
            throw EnvironmentError(.unsupported, "\(id) of this recording runs in real time; it can not be run again")
        }
        self.rows = rows
        environment = SingleEnvironment(rows)
        // Options are of one reset, and draw as many random numbers as none: those of the resets before do not matter.
        let options = episode.options ?? []
        var beginning = try environment.resetNow(
            rows, seed: episode.summary.seed, options: episode.resets == 0 ? options : [])
        for reset in 0..<episode.resets {
            beginning = try environment.resetNow(rows, seed: nil, options: reset == episode.resets - 1 ? options : [])
        }
        self.beginning = beginning
    }

    /// - Throws: ``EnvironmentError``: the action is none, or the episode is over already.
    public func step(_ action: Value) throws(EnvironmentError) -> StepResult { try environment.stepNow(rows, action) }

    private static func set(_ key: String, _ value: Value, in entries: inout [Value.Entry]) {
        entries.removeAll { $0.key == key }
        entries.append(Value.Entry(key, value))
        entries.sort { $0.key < $1.key }
    }
}
