import ArgumentParser
import Calibration
import EnvironmentCatalogue
import Evaluation
import Files

/// What is wrong with a command line and turns out only when the command runs: it is told with the usage of that command, and
/// the exit code is 64, as where the command line could not even be read.
enum UsageError {
    static func isOne(_ error: any Error) -> Bool {
        error is ValidationError || error is CatalogueError || error is CalibrationError || error is OutputFile.Refusal
    }

    static func text(_ error: any Error, of command: any ParsableCommand.Type) -> String {
        let name = "faasfarm " + FaaSFarm.path(to: command).joined(separator: " ")
        return """
            Error: \(error)
            Usage: \(FaaSFarm.usageString(for: command))
              See '\(name) --help' for more information.
            """
    }
}

extension FaaSFarm {
    /// The names that lead to a command, such as `episodes list`.
    static func path(to command: any ParsableCommand.Type) -> [String] {
        func path(from parent: any ParsableCommand.Type) -> [String]? {
            for child in parent.configuration.subcommands {
                let name = child.configuration.commandName ?? ""
                if child == command { return [name] }
                if let rest = path(from: child) { return [name] + rest }
            }
            return nil
        }
        return path(from: self) ?? []
    }
}
