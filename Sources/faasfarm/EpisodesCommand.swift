import ArgumentParser

/// `faasfarm episodes`: what a recording holds.
struct EpisodesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "episodes",
        abstract: "List, show, plot, verify, replay, export, prune and merge recorded episodes.",
        discussion: """
            FILE is what `faasfarm serve --record` wrote. It may be read while a server records into it; only prune and \
            merge change it. Errors go to standard error, with exit code 1.

              faasfarm episodes list runs.sqlite --scenario demo
              faasfarm episodes show runs.sqlite newest
              faasfarm episodes verify runs.sqlite
              faasfarm episodes plot runs.sqlite 12 --out episode.html
            """,
        subcommands: [
            ListEpisodes.self, ShowEpisode.self, PlotEpisode.self, ReplayEpisode.self, VerifyEpisodes.self,
            ExportEpisodes.self, PruneEpisodes.self, MergeEpisodes.self,
        ])
}

/// How episodes are printed.
enum EpisodeFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}
