import ArgumentParser
import Episodes

/// `faasfarm episodes list FILE`.
struct ListEpisodes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the episodes of a recording, newest first.",
        usage: "faasfarm episodes list <file> [<options>]",
        discussion: """
            The backend is live (real time, real workers), simulated, or recorded (a replay). QoS is that of the whole \
            episode, tasks that were not done at its end counted as missed; "-" where it did not end, and for simulated \
            episodes that versions before 0.1 recorded.

            With --format json: one list of objects with the keys id, environment_id, status, seed (decimal text), return, \
            length, started_at, ended_at (ISO 8601, UTC; null while running or when the writer died), program_version, \
            scenario (its name), backend, qos (0 to 1, or null). \
            Numbers that JSON does not have are the texts "NaN", "Infinity", "-Infinity".
            """)

    @Argument(help: "The recording.")
    var file: String

    @OptionGroup var selection: EpisodeSelection

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit: Int?

    @Option(help: "table or json.")
    var format: EpisodeFormat = .table

    func validate() throws {
        if let limit, limit < 0 { throw ValidationError("--limit must not be negative, got \(limit)") }
    }

    func run() throws {
        let store = try EpisodeStore(path: file, mode: .read)
        var filter = selection.filter
        filter.limit = limit
        let episodes = try store.list(filter)
        print(format == .json ? EpisodeJSON.list(episodes) : EpisodeText.table(episodes))
    }
}
