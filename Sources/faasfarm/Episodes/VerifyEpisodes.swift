import ArgumentParser
import EnvironmentCatalogue
import Episodes
import Foundation
import Gymnasium

/// `faasfarm episodes verify FILE [ID ...]`.
struct VerifyEpisodes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that recorded episodes can be trusted.",
        usage: "faasfarm episodes verify <file> [<ids> ...] [<options>]",
        discussion: """
            A simulated episode is run again from its scenario, seed and actions, and must be the same to the last byte: \
            observations, rewards, flags, infos. What differs first is named. Live episodes can not be run again: their \
            steps must be in order and complete, their times must go forward, and in every window the tasks emitted must \
            be those queued, running, done and failed. The exit code is 1 when an episode fails.

            With --format json: an object a line with the keys id, verdict (same, sound, differs, unsound, not run), good, \
            steps, detail.
            """)

    @Argument(help: "The recording.")
    var file: String

    @Argument(help: "Ids, or newest. Left out: all episodes that the options choose.")
    var ids: [String] = []

    @OptionGroup var selection: EpisodeSelection

    @Flag(help: "Say only what is wrong, and the sums.")
    var quiet = false

    @Option(help: "table or json.")
    var format: EpisodeFormat = .table

    func run() async throws {
        let store = try EpisodeStore(path: file, mode: .read)
        let verifier = EpisodeVerifier(store, registry: EnvironmentCatalogue.registry())
        let episodes = try store.chosenSome(ids, selection, from: file)
        var counts: [String: Int] = [:]
        var bad = 0
        for episode in episodes {
            let verdict = try await verifier.verify(episode.id)
            counts[verdict.name, default: 0] += 1
            if !verdict.isGood { bad += 1 }
            if quiet, verdict.isGood { continue }
            switch format {
            case .table: print("\(episode.id)  \(verdict.name): \(verdict.detail)")
            case .json: print(EpisodeJSON.verdict(verdict, of: episode))
            }
        }
        if format == .table {
            let sums = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            print("\(episodes.count) episodes" + (sums.isEmpty ? "" : ": \(sums)"))
        }
        if bad > 0 { throw ExitCode(1) }
    }
}
