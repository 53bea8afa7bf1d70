import ArgumentParser
import Episodes
import Gymnasium

/// `faasfarm episodes list FILE`.
struct ListEpisodes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the episodes of a recording, newest first.",
        discussion: """
            With --format json: one list of objects with the keys id, environment_id, status, seed (decimal text), return, \
            length, started_at, ended_at (ISO 8601, UTC; null while running or when the writer died), program_version. \
            Numbers that JSON does not have are the texts "NaN", "Infinity", "-Infinity".
            """)

    @Argument(help: "The recording.")
    var file: String

    @Option(help: ArgumentHelp("Only episodes of this environment.", valueName: "id"))
    var env: String?

    @Option(
        help: "Only episodes that are running, terminated, truncated, or partial (cut off).",
        transform: ListEpisodes.status)
    var status: EpisodeStatus?

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit: Int?

    @Option(help: "table or json.")
    var format: EpisodeFormat = .table

    func validate() throws {
        if let limit, limit < 0 { throw ValidationError("--limit must not be negative, got \(limit)") }
    }

    func run() throws {
        let store = try EpisodeStore(path: file, mode: .read)
        let episodes = try store.list(EpisodeFilter(environmentID: env, status: status, limit: limit))
        print(format == .json ? EpisodeJSON.list(episodes) : EpisodeText.table(episodes))
    }

    private static func status(_ text: String) throws -> EpisodeStatus {
        guard let status = EpisodeStatus(rawValue: text) else {
            throw ValidationError("--status must be running, terminated, truncated or partial, got \(text)")
        }
        return status
    }
}
