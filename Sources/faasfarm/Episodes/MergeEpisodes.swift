import ArgumentParser
import Episodes

/// `faasfarm episodes merge INTO FILE ...`.
struct MergeEpisodes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Copy the episodes of other recordings into one.",
        discussion: """
            Episodes get new ids; those that are there already are not copied again, so a merge that was broken off may be \
            repeated. The other files stay as they are. Episodes that a live server still writes are left out.

              faasfarm episodes merge all.sqlite monday.sqlite tuesday.sqlite
            """)

    @Argument(help: "The recording that gets the episodes; made when it is not there.")
    var into: String

    @Argument(help: "The recordings that are copied.")
    var files: [String]

    func run() async throws {
        let store = try EpisodeStore(
            path: into, mode: .write, programVersion: "faasfarm \(FaaSFarm.version)",
            holder: "faasfarm episodes merge")
        for file in files {
            let (copied, known) = try store.merge(try EpisodeStore(path: file, mode: .read))
            print("\(file): \(copied) episodes copied, \(known) were there already")
        }
        try await store.close()
    }
}
