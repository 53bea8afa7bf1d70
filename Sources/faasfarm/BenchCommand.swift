public import ArgumentParser
import EnvironmentCatalogue
import Farm
import FarmEnvironments
import Foundation
import Gymnasium
public import Throughput

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure the simulator on this machine.",
        usage: "faasfarm bench [<options>]",
        discussion: """
            Prints a JSON object a line. `make bench` puts the figures beside those of other programs, measured in the \
            same run; a figure alone tells more about the machine than about the program. Tasks a processor second, of \
            one farm on one thread; steps a second of a vector, on all processors; round trips a second to a daemon:

              faasfarm bench --policy trace
              faasfarm bench --num-envs 1024
              faasfarm bench --endpoint ipc:///tmp/faasfarm \\
                --env faasfarm/CartPole-v1
            """)

    @Option(help: "The scenario.")
    var scenario = "bench-farm"

    @Option(help: "random, hold, or trace: 12 steps up, 6 hold, then down.")
    var policy = ActionPattern.trace

    @Option(help: "Episodes of each repetition, or, with more than one farm, of each farm.")
    var episodes = 1_500

    @Option(help: "Repetitions.")
    var repetitions = 3

    @Option(help: "Farms of a vector.")
    var numEnvs = 1

    @Option(help: "Threads; left out: one for one farm, and one for each processor for more.")
    var threads: Int?

    @Option(help: "A daemon, to measure the way to it and back.")
    var endpoint: String?

    @Option(help: "With --endpoint: the environment.")
    var env = "faasfarm/CartPole-v1"

    @Option(help: "With --endpoint: how long.")
    var seconds = 1.0

    func validate() throws {
        guard seconds > 0, seconds <= 3_600 else {
            throw ValidationError("--seconds must be more than 0, and 3600 at most")
        }
        guard episodes > 0, repetitions > 0, numEnvs > 0, numEnvs <= 65_536 else {
            throw ValidationError("--episodes, --repetitions and --num-envs must be 1 or more")
        }
    }

    func run() async throws {
        if let endpoint {
            print(try WireThroughput.measure(env, count: numEnvs, at: endpoint, seconds: seconds))
            return
        }
        let scenario = try ScenarioArgument.read(scenario)
        let arguments = EnvironmentRegistry.Arguments(entries: [
            Value.Entry("action", "paper"), Value.Entry("info", "none"), Value.Entry("scenario", .text(scenario.yaml)),
        ])
        let vector = try await EnvironmentCatalogue.registry().makeVector(
            FarmEnvironmentRegistration.id, arguments, count: numEnvs, autoresetMode: .nextStep)
        let team = ThreadTeam(threads: threads ?? (numEnvs == 1 ? 1 : ProcessInfo.processInfo.activeProcessorCount))
        let throughput = VectorThroughput(vector, steps: scenario.steps, team: team)
        for _ in 0..<repetitions { print(throughput.measure(policy, episodes: episodes)) }
    }
}

extension ActionPattern: ExpressibleByArgument {}
