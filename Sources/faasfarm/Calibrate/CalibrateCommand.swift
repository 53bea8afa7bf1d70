import ArgumentParser
import Episodes
import Farm
import FarmEnvironments
import Foundation
import Gymnasium

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
        guard (1...10_000).contains(repetitions) else {
            throw ValidationError("--repetitions must be 1 to 10000, got \(repetitions)")
        }
    }

    func run() async throws {
        let output = try OutputFile(out ?? "\(name).yaml", of: "--out")
        let pageFile = try page.map { try OutputFile($0, of: "--page") }
        let store = try EpisodeStore(path: file, mode: .read)
        let (episodes, base) = try live(store)
        let observations = try episodes.map { try FarmObservation(of: $0.summary, in: store) }
        var fitted = try FittedScenario(observations, base: base, name: name)
        let again = try zip(episodes, observations).map { episode, observation in
            var scenario = try RecordedScenario.scenario(of: episode, in: store, overhead: fitted.overhead)
            (scenario.startUp, scenario.faults) = (fitted.scenario.startUp, fitted.scenario.faults)
            scenario.platform = fitted.scenario.platform
            return (observation: observation, scenario: scenario)
        }
        fitted.take(DispatchFit(again))
        try output.write(fitted.yaml)
        let rates = try observations.compactMap {
            try CalibrationGap($0, in: fitted.scenario, repetitions: repetitions)
        }
        let tasks = try again.compactMap { observation, scenario in
            var scenario = scenario
            scenario.platform = fitted.scenario.platform
            return try CalibrationGap(observation, in: scenario, repetitions: repetitions)
        }
        let report = CalibrationReport(fitted: fitted, path: output.path, rates: rates, tasks: tasks)
        try pageFile?.write(report.page(observations, source: file))
        print(format == .json ? report.json : report.text)
    }

    /// The chosen live episodes of farms, and their scenario.
    private func live(_ store: EpisodeStore) throws -> (episodes: [Episode], scenario: Scenario) {
        var episodes: [Episode] = []
        for summary in try store.chosen(ids, selection)
        where summary.environmentID == FarmEnvironmentRegistration.id && summary.status != .running {
            let episode = try store.episode(summary.id)
            if let speed, speed != episode.speed { continue }
            if episode.isReproducible != true, try !store.tasks(of: summary.id).isEmpty { episodes.append(episode) }
        }
        guard let newest = episodes.last else {
            throw ValidationError(
                "there is no live episode with tasks among those chosen from \(file); record some with `faasfarm serve --record`"
            )
        }
        let scenario = try Scenario(yaml: newest.scenarioText, file: "episode \(newest.summary.id)")
        let others = Set(episodes.map(\.scenarioText)).count - 1
        guard others == 0 else {
            throw ValidationError(
                "the episodes chosen are of \(others + 1) scenarios; name one with --scenario, or episodes by id")
        }
        // What a call costs beyond its work is real time, which no speed divides, so speeds are not alike.
        let speeds = Set(episodes.map(\.speed)).sorted()
        guard speeds.count == 1 else {
            throw ValidationError(
                "the episodes chosen were recorded at the speeds \(speeds.map { String(format: "%g", $0) }.joined(separator: ", ")), "
                    + "which are not alike; choose one with --speed, or episodes by id")
        }
        return (episodes, scenario)
    }
}
