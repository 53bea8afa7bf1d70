import ArgumentParser
import Episodes

/// `faasfarm episodes replay FILE ID`.
struct ReplayEpisode: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Print an episode step by step, with the farm's state, and its return.",
        discussion: """
            Line 0 is the reset. Queue length, running, ready and desired workers and QoS are those of each window's end; \
            "-" where the environment reports none. With --format json: a line an object, first the frames (as in show), \
            last one with the key episode (as in list). Agents replay an episode through a server, as faasfarm/Replay-v0.
            """)

    @Argument(help: "The recording.")
    var file: String

    @Argument(help: "The episode's id, or newest for the newest complete one.")
    var id: String = "newest"

    @Option(help: "table or json.")
    var format: EpisodeFormat = .table

    func run() throws {
        let store = try EpisodeStore(path: file, mode: .read)
        let episode = try store.episode(named: id)
        let table = FrameTable(.metrics)
        if format == .table { print(table.head) }
        try store.forEachFrame(of: episode.summary.id) { frame in
            print(format == .json ? EpisodeJSON.frame(frame) : table.row(frame))
        }
        print(format == .json ? EpisodeJSON.line(episode.summary) : EpisodeText.ending(episode.summary))
    }
}
