import EnvironmentCatalogue
import Episodes
import Farm

/// A simulated scenario that is fitted to recorded live episodes, and how far off it is.
///
///     let store = try EpisodeStore(path: "live.sqlite", mode: .read)
///     let recorded = try RecordedEpisodes(store.list(EpisodeFilter()), of: store, file: "live.sqlite")
///     let calibration = try Calibration(recorded, name: "mine")
///     print(try calibration.report(repetitions: 40, path: "mine.yaml").text)
public struct Calibration {
    private let recorded: RecordedEpisodes
    private let fitted: FittedScenario
    private let observations: [FarmObservation]
    /// Each with the very tasks that were recorded, and all else fitted.
    private let again: [(observation: FarmObservation, scenario: Scenario)]

    /// Fits.
    ///
    /// - Parameter name: of the fitted scenario.
    /// - Throws: ``CalibrationError`` where too little was recorded; `EpisodeStoreError`.
    public init(_ recorded: RecordedEpisodes, name: String) throws {
        self.recorded = recorded
        observations = try recorded.episodes.map { try FarmObservation(of: $0.summary, in: recorded.store) }
        var fitted = try FittedScenario(observations, base: recorded.scenario, name: name)
        var again = try zip(recorded.episodes, observations).map { episode, observation in
            var scenario = try RecordedScenario.scenario(of: episode, in: recorded.store, overhead: fitted.overhead)
            scenario.stages.first.startUp = fitted.scenario.stages.first.startUp
            scenario.faults = fitted.scenario.faults
            scenario.platform = fitted.scenario.platform
            return (observation: observation, scenario: scenario)
        }
        fitted.take(DispatchFit(again))
        for index in again.indices { again[index].scenario.platform = fitted.scenario.platform }
        (self.fitted, self.again) = (fitted, again)
    }

    /// The fitted scenario's file, with the figures of the fit as comments.
    public var yaml: String { fitted.yaml }

    /// Asks for each recorded episode's numbers of workers again in the fitted simulator: once with tasks of the fitted
    /// arrivals, once with the very tasks that were recorded.
    ///
    /// - Parameters:
    ///   - repetitions: simulated episodes of each recorded one, 1 or more.
    ///   - path: where the fitted scenario is.
    /// - Throws: `EvaluationError`, for figures that are no numbers.
    public func report(repetitions: Int, path: String) throws -> CalibrationReport {
        CalibrationReport(
            fitted: fitted, path: path, source: recorded.file, observations: observations,
            rates: try observations.compactMap {
                try CalibrationGap($0, in: fitted.scenario, repetitions: repetitions)
            },
            tasks: try again.compactMap {
                try CalibrationGap($0.observation, in: $0.scenario, repetitions: repetitions)
            })
    }
}

/// Recorded episodes that nothing can be fitted to, and what to do.
public struct CalibrationError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
