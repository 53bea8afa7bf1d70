public import Farm
import Randomness

/// What policies are compared on, and what it is called in headings.
public struct EvaluatedScenario: Sendable {
    public let scenario: Scenario
    public let title: String
    /// Whether every seed brings the same tasks.
    public let isOneWorkload: Bool

    /// More tasks than these are not drawn to see whether they are the same.
    private static let mostCompared = 200_000.0

    /// The tasks of a recorded episode.
    ///
    /// - Parameter file: the recording's path.
    public init(_ scenario: Scenario, recordedIn file: String) {
        self.init(scenario, title: "\(scenario.summary)@\(scenario.version) in \(file)", isOneWorkload: true)
    }

    public init(_ scenario: Scenario) {
        let isSmall = scenario.referenceRate * scenario.horizon <= EvaluatedScenario.mostCompared
        let tasks = isSmall ? [1, 2].map { TaskStream(scenario: scenario, seed: Seed($0)).tasks } : []
        self.init(
            scenario, title: "\(scenario.name)@\(scenario.version)",
            isOneWorkload: tasks.count == 2 && !tasks[0].isEmpty && tasks[0] == tasks[1])
    }

    private init(_ scenario: Scenario, title: String, isOneWorkload: Bool) {
        self.scenario = scenario
        self.title = title
        self.isOneWorkload = isOneWorkload
    }
}
