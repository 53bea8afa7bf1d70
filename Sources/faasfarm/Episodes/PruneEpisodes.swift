import ArgumentParser
import Episodes
import Foundation
import Gymnasium

/// `faasfarm episodes prune FILE`.
struct PruneEpisodes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Delete episodes from a recording.",
        usage: "faasfarm episodes prune <file> <options>",
        discussion: """
            Deletes what the options choose, but for the --keep newest of it. Without an option it says so and deletes \
            nothing. While a server records into the file, it is refused; --dry-run is not.

              faasfarm episodes prune runs.sqlite --status partial
              faasfarm episodes prune runs.sqlite --before 2026-03-01 --dry-run
              faasfarm episodes prune runs.sqlite --keep 1000

            With --steering the decisions and calls of steered functions from before --before are deleted instead; what steering \
            goes on from stays.
            """)

    @Argument(help: "The recording.")
    var file: String

    @OptionGroup var selection: EpisodeSelection

    @Option(help: ArgumentHelp("Keep so many of the newest that are chosen.", valueName: "count"))
    var keep: Int?

    @Flag(help: "Only say what would be deleted.")
    var dryRun = false

    @Flag(help: "Decisions and calls of steered functions, not episodes.")
    var steering = false

    func validate() throws {
        guard !steering else {
            guard let time = selection.before, selection.filter == EpisodeFilter(before: time), keep == nil, !dryRun
            else {
                throw ValidationError("--steering takes --before and no other option")
            }
            return
        }
        if let keep, keep < 0 { throw ValidationError("--keep must not be negative, got \(keep)") }
        let filter = selection.filter
        guard keep != nil || filter != EpisodeFilter() else {
            throw ValidationError(
                "say what to delete: --keep, --before, --status, --scenario, --env, --seed or --since")
        }
    }

    func run() async throws {
        if let before = selection.before, steering {
            let store = try EpisodeStore(path: file, mode: .write, holder: "faasfarm episodes prune")
            let gone = try await store.removeSteering(before: before.timeIntervalSince1970)
            try store.compact()
            try await store.close()
            print("\(gone.decisions) decisions and \(gone.served) calls deleted")
            return
        }
        let store = try EpisodeStore(path: file, mode: dryRun ? .read : .write, holder: "faasfarm episodes prune")
        let chosen = try store.list(selection.filter).dropFirst(keep ?? 0).filter { $0.status != .running }
        guard !dryRun else {
            print("\(chosen.count) episodes would be deleted")
            return
        }
        let gone = try store.remove(chosen.map(\.id))
        try store.compact()
        try await store.close()
        print("\(gone.count) episodes deleted")
    }
}
