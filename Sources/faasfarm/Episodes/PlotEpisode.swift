import ArgumentParser
import EnvironmentCatalogue
import Episodes
import Files

/// `faasfarm episodes plot FILE ID`.
struct PlotEpisode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot",
        abstract: "Draw one episode on a page that needs nothing else.",
        discussion: """
            Arrivals, queue, workers asked for and ready, QoS, rewards and actions over time, and the account of the tasks. \
            An episode of a vector has no farm's state in its recording; it is run again for the picture.
            """)

    @Argument(help: "The recording.")
    var file: String

    @Argument(help: "The episode's id, or newest for the newest complete one.")
    var id: String = "newest"

    @Option(help: ArgumentHelp("The page. Left out: episode-ID.html.", valueName: "file"))
    var out: String?

    func run() async throws {
        let store = try EpisodeStore(path: file, mode: .read)
        let episode = try store.episode(named: id)
        let output = try OutputFile(out ?? "episode-\(episode.summary.id).html", of: "--out")
        let course = try await EpisodeCourse(of: episode, in: store, registry: EnvironmentCatalogue.registry())
        let page = EpisodePage.html(episode, course, try store.taskAccount(of: episode.summary.id))
        try output.write(page)
        print("wrote \(output.path)")
    }
}
