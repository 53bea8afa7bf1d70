import ArgumentParser
import Curl
import SystemErrors
import Terminal

@main
struct FaaSFarm: AsyncParsableCommand {
    static let version = "0.1.0"

    /// What a command fails with is told in words, also where a library's own words are domains and codes.
    static func main() async {
        // The usual soft limit of 1,024 is less than the calls of a large farm take.
        OpenFiles.raiseLimit()
        do {
            let command = try parseAsRoot()
            do {
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    var command = command
                    try command.run()
                }
            } catch  where UsageError.isOne(error) {
                StandardError.say(UsageError.text(error, of: type(of: command)))
                exit(withError: ExitCode.validationFailure)
            }
        } catch {
            exit(withError: SystemFailure.sentence(error).map(Told.init) ?? error)
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "faasfarm",
        abstract: "Task farms on OpenFaaS, steered by learning agents over ZeroMQ.",
        discussion: """
            Begin with:
              faasfarm serve                       # a farm, for any Gymnasium agent
              faasfarm serve --record runs.sqlite  # the same, recorded
              faasfarm episodes list runs.sqlite   # what was recorded
              faasfarm evaluate --scenario demo    # which policy is better
            """,
        version: version,
        subcommands: [
            ServeCommand.self, SteerCommand.self, EvaluateCommand.self, TrainCommand.self, BenchCommand.self,
            ValidateCommand.self,
            DoctorCommand.self,
            KeysCommand.self, EpisodesCommand.self, CalibrateCommand.self,
            GatewayCommand.self, WorkerCommand.self, DecisionsCommand.self, ReviewCommand.self,
        ])
}

/// An error in words.
private struct Told: Error, CustomStringConvertible {
    let description: String
}
