import EnvironmentCatalogue
import Evaluation
import Farm
import Gymnasium
import Terminal

/// A scenario that is named on the command line.
enum ScenarioArgument {
    /// A preset's name, a recorded episode, or a file. What is hardly meant in it is told on standard error.
    static func read(_ text: String) throws -> Scenario {
        let scenario = try Scenario(source: text)
        for warning in scenario.warnings { StandardError.say("warning: scenario \(scenario.name): \(warning)") }
        return scenario
    }

    /// As an environment's argument: also a family of scenarios.
    static func entry(_ text: String) throws -> [Value.Entry] {
        if text.hasPrefix(ScenarioFamily.prefix) {
            return [Value.Entry("scenario", .text(try ScenarioFamily.named(text).text))]
        }
        return [Value.Entry("scenario", .text(try read(text).yaml))]
    }

    /// What policies are compared on.
    static func subject(_ text: String) throws -> EvaluatedScenario {
        let scenario = try read(text)
        guard text.hasPrefix(RecordedScenario.prefix) else { return EvaluatedScenario(scenario) }
        let file = text.dropFirst(RecordedScenario.prefix.count).split(separator: "#").first ?? ""
        return EvaluatedScenario(scenario, recordedIn: String(file))
    }
}
