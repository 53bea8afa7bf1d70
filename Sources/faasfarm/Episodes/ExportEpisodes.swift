public import ArgumentParser
public import Episodes
import Foundation

/// `faasfarm episodes export FILE [ID ...]`.
struct ExportEpisodes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write steps, tasks or episodes as comma-separated values.",
        usage: "faasfarm episodes export <file> [<ids> ...] [<options>]",
        discussion: """
            A header, then a row a step (row 0 is the reset; an array observation has a column an element, a farm's metrics \
            have theirs), a row a task with its times, attempts and outcome (live episodes), or a row an episode.

              faasfarm episodes export runs.sqlite --table tasks --out tasks.csv
              faasfarm episodes export runs.sqlite 12 13 > steps.csv

            Parquet, and datasets for Minari, are written by the Python package: faasfarm.minari and faasfarm.minari_tables.
            """)

    @Argument(help: "The recording.")
    var file: String

    @Argument(help: "Ids, or newest. Left out: all episodes that the options choose.")
    var ids: [String] = []

    @OptionGroup var selection: EpisodeSelection

    @Option(help: "steps, tasks or episodes.")
    var table = EpisodeCSV.Table.steps

    @Option(help: ArgumentHelp("Where to. Left out: standard output.", valueName: "file"))
    var out: String?

    func run() throws {
        let store = try EpisodeStore(path: file, mode: .read)
        let chosen = try store.chosenSome(ids, selection, from: file).map(\.id)
        let output = try handle()
        try EpisodeCSV.write(table, of: chosen, in: store) { try output.write(contentsOf: Data($0.utf8)) }
    }

    private func handle() throws -> FileHandle {
        guard let out else { return .standardOutput }
        guard FileManager.default.createFile(atPath: out, contents: nil),
            let handle = FileHandle(forWritingAtPath: out)
        else {
            throw ValidationError("\(out) can not be written; name another file with --out")
        }
        return handle
    }
}

extension EpisodeCSV.Table: ExpressibleByArgument {}
