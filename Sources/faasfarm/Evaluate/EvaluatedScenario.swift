import Farm
import FarmEnvironments
import Gymnasium
import Randomness

/// What policies are compared on, and what it is called in headings.
struct EvaluatedScenario {
    let scenario: Scenario
    let title: String
    /// Whether every seed brings the same tasks.
    let isOneWorkload: Bool

    /// More tasks than these are not drawn to see whether they are the same.
    private static let mostCompared = 200_000.0

    /// - Parameter name: as `--scenario` takes it.
    init(_ name: String) throws {
        let scenario = try ScenarioArgument.read(name)
        guard name.hasPrefix(RecordedScenario.prefix) else {
            self.init(scenario)
            return
        }
        let file = name.dropFirst(RecordedScenario.prefix.count).split(separator: "#").first ?? ""
        self.init(scenario, title: "\(scenario.summary)@\(scenario.version) in \(file)", isOneWorkload: true)
    }

    init(_ scenario: Scenario) {
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
