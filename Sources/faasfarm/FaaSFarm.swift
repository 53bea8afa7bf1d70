import ArgumentParser
import Curl

@main
struct FaaSFarm: AsyncParsableCommand {
    static let version = "0.1.0"

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
            ServeCommand.self, EvaluateCommand.self, TrainCommand.self, BenchCommand.self, ValidateCommand.self,
            DoctorCommand.self,
            KeysCommand.self, EpisodesCommand.self, CalibrateCommand.self,
            GatewayCommand.self, WorkerCommand.self,
        ])

    static func main() async {
        // The usual soft limit of 1,024 is less than the calls of a large farm take.
        OpenFiles.raiseLimit()
        await main(nil)
    }
}
