import ArgumentParser
import Episodes
import Foundation
import Gymnasium
import Randomness

/// The options that choose episodes.
struct EpisodeSelection: ParsableArguments {
    @Option(help: ArgumentHelp("Only episodes of this environment.", valueName: "id"))
    var env: String?

    @Option(
        help: "Only episodes that are running, terminated, truncated, or partial (cut off).",
        transform: EpisodeSelection.status)
    var status: EpisodeStatus?

    @Option(help: ArgumentHelp("Only episodes of the scenario of this name.", valueName: "name"))
    var scenario: String?

    @Option(
        name: .customLong("backend"), help: "Only episodes that are live, simulated, or recorded (replays).",
        transform: EpisodeSelection.origin)
    var origin: Provenance.Kind?

    @Option(help: ArgumentHelp("Only episodes of this seed.", valueName: "number"), transform: EpisodeSelection.seed)
    var seed: Seed?

    @Option(
        help: ArgumentHelp(
            "Only episodes begun then or later: 2026-03-01, or 2026-03-01T12:00:00Z.", valueName: "time"),
        transform: EpisodeSelection.time)
    var since: Date?

    @Option(help: ArgumentHelp("Only episodes begun before.", valueName: "time"), transform: EpisodeSelection.time)
    var before: Date?

    var filter: EpisodeFilter {
        EpisodeFilter(
            environmentID: env, status: status, scenario: scenario, origin: origin, seed: seed, since: since,
            before: before)
    }

    private static func status(_ text: String) throws -> EpisodeStatus {
        guard let status = EpisodeStatus(rawValue: text) else {
            throw ValidationError("--status must be running, terminated, truncated or partial, got \(text)")
        }
        return status
    }

    private static func origin(_ text: String) throws -> Provenance.Kind {
        guard let origin = Provenance.Kind(rawValue: text), origin != .unknown else {
            throw ValidationError("--backend must be live, simulated or recorded, got \(text)")
        }
        return origin
    }

    private static func seed(_ text: String) throws -> Seed {
        guard let seed = Seed(decimal: text) else {
            throw ValidationError("--seed must be decimal digits, got \(text)")
        }
        return seed
    }

    private static func time(_ text: String) throws -> Date {
        let full = text.contains("T") ? text : text + "T00:00:00Z"
        guard let date = try? Date(full, strategy: .iso8601) else {
            throw ValidationError("a time is written 2026-03-01 or 2026-03-01T12:00:00Z (UTC), got \(text)")
        }
        return date
    }
}

extension EpisodeStore {
    /// The episodes that `names` mean (ids, or newest), or those of `selection` where there are no names; oldest first.
    func chosen(_ names: [String], _ selection: EpisodeSelection) throws -> [EpisodeSummary] {
        guard names.isEmpty else { return try names.map { try episode(named: $0).summary } }
        return try list(selection.filter).reversed()
    }

    /// The same, where a command could do nothing with none.
    ///
    /// - Throws: `ValidationError` when nothing is chosen.
    func chosenSome(_ names: [String], _ selection: EpisodeSelection, from file: String) throws -> [EpisodeSummary] {
        let chosen = try chosen(names, selection)
        guard chosen.isEmpty else { return chosen }
        throw ValidationError(
            selection.filter == EpisodeFilter()
                ? "there is no episode in \(file)"
                : "no episode of \(file) is what the options choose; `faasfarm episodes list \(file)` shows all")
    }
}
