import ArgumentParser

/// `faasfarm episodes`: what a recording holds.
struct EpisodesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "episodes",
        abstract: "List, show and replay recorded episodes.",
        discussion: """
            FILE is what `faasfarm serve --record` wrote. It may be read while a server records into it; nothing here \
            changes it. Errors go to standard error, with exit code 1.
            """,
        subcommands: [ListEpisodes.self, ShowEpisode.self, ReplayEpisode.self])
}

/// How episodes are printed.
enum EpisodeFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}
