import ArgumentParser
import Calibration
import Episodes
import Files

/// `faasfarm calibrate FILE`.
struct CalibrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Fit a simulated scenario to recorded live episodes, and say how far off it is.",
        discussion: """
            Service times, start-up delays, the rate of arrivals over time, calls' overhead, collisions and failures are fitted to \
            what was measured; \
            deadlines, bounds and steps are the recorded scenario's. The scenario goes to --out, with the figures of the \
            fit. Then each recorded episode's numbers of workers are asked for again in the fitted simulator, with \
            --repetitions seeds: once with tasks of the fitted arrivals, once with the very tasks that were recorded. A \
            verdict says whether the recorded episodes could be simulated ones.

              faasfarm serve --record live.sqlite                  # an agent runs live episodes
              faasfarm calibrate live.sqlite --out mine.yaml --page mine.html
              faasfarm evaluate --scenario mine.yaml --tune

            docs/recording.md tells what is measured and what is not.
            """)

    @Argument(help: "The recording.")
    var file: String

    @Argument(help: "Ids, or newest. Left out: all live episodes of one scenario that the options choose.")
    var ids: [String] = []

    @OptionGroup var selection: EpisodeSelection

    @Option(help: "Only episodes that were recorded at this speed.")
    var speed: Double?

    @Option(help: "The name of the fitted scenario.")
    var name = "calibrated"

    @Option(help: ArgumentHelp("Where the scenario goes. Left out: NAME.yaml.", valueName: "file"))
    var out: String?

    @Option(help: ArgumentHelp("A page with pictures of the fit. Left out: none.", valueName: "file"))
    var page: String?

    @Option(help: "Simulated episodes for each recorded one.")
    var repetitions = 40

    @Option(help: "table or json.")
    var format: EpisodeFormat = .table

    func validate() throws {
        try OptionValue.check("--repetitions", repetitions, in: 1...10_000)
    }

    func run() async throws {
        let output = try OutputFile(out ?? "\(name).yaml", of: "--out")
        let pageFile = try page.map { try OutputFile($0, of: "--page") }
        let store = try EpisodeStore(path: file, mode: .read)
        let recorded = try RecordedEpisodes(try store.chosen(ids, selection), of: store, file: file, speed: speed)
        let calibration = try Calibration(recorded, name: name)
        try output.write(calibration.yaml)
        let report = try calibration.report(repetitions: repetitions, path: output.path)
        try pageFile?.write(report.page)
        print(format == .json ? report.json : report.text)
    }
}
