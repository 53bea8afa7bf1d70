import ArgumentParser
import EnvironmentCatalogue
import Episodes
import Gymnasium

/// `faasfarm episodes show FILE ID`.
struct ShowEpisode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one episode: summary, task accounting, a picture, every step.",
        discussion: """
            The picture has a row a quantity, from the reset to the end, with its least and largest value. An episode of a \
            vector has no farm's state in its recording; it is run again for the picture. \
            In the table, line 0 is the reset; the action in line t led from observation t-1 to observation t. With --format json: one \
            object with the keys episode (as in list), arguments, options (of the reset; null: not recorded), scenario (text), tasks (emitted, done, failed, unfinished, \
            on_time, qos, reasons: a list of outcome, reason, count), and frames, a list of length + 1 objects with frame, \
            action, reward, terminated, truncated (all but the first), observation, info. Arrays are nested lists.
            """)

    @Argument(help: "The recording.")
    var file: String

    @Argument(help: "The episode's id, or newest for the newest complete one.")
    var id: String

    @Option(help: "table or json.")
    var format: EpisodeFormat = .table

    func run() async throws {
        let store = try EpisodeStore(path: file, mode: .read)
        let episode = try store.episode(named: id)
        if format == .json {
            print(try EpisodeJSON.episode(episode, in: store))
            return
        }
        print(EpisodeText.summary(episode))
        print("\n" + EpisodeText.tasks(try store.taskAccount(of: episode.summary.id)) + "\n")
        print(
            EpisodePicture.text(
                try await EpisodeCourse(of: episode, in: store, registry: EnvironmentCatalogue.registry())) + "\n")
        let table = FrameTable(.observation)
        print(table.head)
        try store.forEachFrame(of: episode.summary.id) { print(table.row($0)) }
    }
}
