public import ArgumentParser
import ClassicControl
import Farm
import FarmEnvironments
import Foundation
import Gymnasium
import Learning

struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train an agent on simulated environments in this process.",
        discussion: """
            Algorithms are ppo, double-dqn and sarsa. Ctrl-C saves what has been learnt and exits.

              faasfarm train ppo --env faasfarm/CartPole-v1 --preset zoo-cartpole --seed 1 --out cartpole.safetensors
              faasfarm train ppo --scenario shuffled --steps 500000 --out shuffled.safetensors
              faasfarm evaluate --scenario shuffled --policies static:12,shuffled.safetensors

            The file has the networks, the optimiser and all that resuming needs, in safetensors.
            """)

    @Argument(help: "ppo, double-dqn or sarsa.")
    var algorithm: String

    @Option(help: "The environment.")
    var env = FarmEnvironmentRegistration.id

    @Option(help: "Of a farm: a preset, or a scenario file.")
    var scenario: String?

    @Option(help: "An argument of the environment, NAME=VALUE; may be given again.")
    var argument: [String] = []

    @Option(help: "Named hyper-parameters; an unknown name lists those there are.")
    var preset: String?

    @Option(help: "A hyper-parameter, NAME=JSON; may be given again. An unknown name lists those there are.")
    var set: [String] = []

    @Option(help: "Environment steps; left out: the preset's.")
    var steps: Int?

    @Option(help: "The seed of everything random.")
    var seed: UInt64?

    @Option(help: "The file to write, in safetensors.")
    var out = "model.safetensors"

    @Option(help: "Go on from this file.")
    var resume: String?

    @Option(help: "A folder for TensorBoard, with CleanRL's names.")
    var tensorboard: String?

    @Option(help: "A file for the same numbers as comma-separated values.")
    var csv: String?

    func run() async throws {
        // Before any file is there, so that whoever sees one can interrupt.
        let interrupt = InterruptFlag()
        var configuration = try LearnerConfiguration(algorithm: algorithm, preset: preset)
        for setting in set + (seed.map { ["seed=\($0)"] } ?? []) {
            let (name, value) = try TrainCommand.pair(setting, of: "--set")
            configuration = try configuration.setting(name, to: value)
        }
        let vector = try await vector(count: configuration.environments)
        let learner =
            try resume.map { try Checkpoint(contentsOf: $0).learner(on: vector) } ?? configuration.learner(on: vector)
        let log = MetricsLog(
            events: try tensorboard.map { folder in try EventFile(folder: folder) },
            table: try csv.map { path in try MetricsTable(path: path) }, firstStep: learner.stepCount)
        log.settings(configuration.entries)
        let total = steps ?? configuration.totalSteps
        let line = TrainingLine(total: total, begun: learner.stepCount)
        var failure: (any Error)?
        try learner.train(until: total) { progress in
            line.show(progress)
            do { try log.add(progress) } catch { failure = error }
            return failure == nil && !interrupt.isRaised
        }
        line.end()
        try learner.checkpoint().save(to: out)
        if let failure { throw failure }
        print(
            "\(interrupt.isRaised ? "interrupted after" : "trained for") \(learner.stepCount) steps; \(line.summary); wrote \(out)"
        )
    }

    private func vector(count: Int) async throws -> any VectorEnvironment {
        var registry = EnvironmentRegistry()
        let simulator = Backend.simulator
        FarmEnvironmentRegistration.register(
            in: &registry, backends: ["simulator": simulator], defaultBackend: "simulator")
        ClassicControlRegistration.register(in: &registry)
        var entries: [Value.Entry] = []
        if let scenario { entries.append(Value.Entry("scenario", .text(try ScenarioArgument.read(scenario).yaml))) }
        for argument in argument {
            let (name, value) = try TrainCommand.pair(argument, of: "--argument")
            entries.append(
                Value.Entry(
                    name, Double(value).map { Int64(exactly: $0).map(Value.integer) ?? .number($0) } ?? .text(value)))
        }
        return try await registry.makeVector(
            env, EnvironmentRegistry.Arguments(entries: entries.sorted { $0.key < $1.key }), count: count,
            autoresetMode: .sameStep)
    }

    private static func pair(_ text: String, of option: String) throws -> (name: String, value: String) {
        guard let equals = text.firstIndex(of: "=") else {
            throw ValidationError("\(option) takes NAME=VALUE, got \"\(text)\"")
        }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }
}
