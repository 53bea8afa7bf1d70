import ArgumentParser
import EnvironmentCatalogue
import EnvironmentClient
import Evaluation
import FarmEnvironments
import Files
import Foundation
import Gymnasium
import Learning
import Terminal

struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train an agent, in this process or on a daemon's environments.",
        discussion: """
            Ctrl-C saves what has been learnt and exits with code 130; an environment that fails or falls silent does so, \
            too, with code 1.

              faasfarm train ppo --env faasfarm/CartPole-v1 --preset rl-zoo \\
                --steps 100000 --seed 1 --out cartpole.safetensors
              faasfarm evaluate --env faasfarm/CartPole-v1 --policies cartpole.safetensors
              faasfarm train ppo --resume cartpole.safetensors --steps 200000 \\
                --out cartpole.safetensors
              faasfarm train ppo --scenario shuffled --argument action=target \\
                --preset farm --out shuffled.safetensors
              faasfarm train ppo --scenario shuffled --argument action=target \\
                --preset farm --goal 'qos>=0.98' --out cheap.safetensors
              faasfarm evaluate --scenario shuffled --seed 1000001 \\
                --policies static:12,shuffled.safetensors
              faasfarm train ppo --preset farm --show-settings > settings.yaml
              faasfarm train ppo --endpoint tcp://127.0.0.1:5555 \\
                --env faasfarm/CartPole-v1 --config settings.yaml

            --steps counts all steps since the agent's beginning. A resumed training needs more than its file has done, and \
            keeps to the schedules that it began with; they are stretched when it is given more steps than they were made for.

            --show-settings prints every hyper-parameter with its meaning, as a file that --config reads. The file of an \
            agent has the networks, the optimiser and all that resuming needs, in safetensors (docs/learning.md).

            Algorithms and their presets:
            \(LearnerText.presets)
            """)

    @Argument(help: "\(LearnerText.names).")
    var algorithm: String

    @Option(help: "The environment's id. Left out: the farm; with --resume, that of the file.")
    var env: String?

    @Option(help: "A server of the protocol, tcp://HOST:PORT or ipc://PATH. Left out: this process.")
    var endpoint: String?

    @Option(help: "Seconds of a server's silence that are an error, at least.")
    var patience = 10.0

    @Option(help: "Of a farm: a preset, or a scenario file.")
    var scenario: String?

    @OptionGroup(title: "Farms of a server") var place: FarmPlaceOptions

    @Option(help: "An argument of the environment, NAME=VALUE or NAME=JSON; may be given again.")
    var argument: [String] = []

    @Option(help: "Named hyper-parameters; rl-zoo: those of RL Baselines3 Zoo. An unknown name lists those there are.")
    var preset: String?

    @Option(help: "Hyper-parameters from a YAML file, NAME: VALUE a line. Flags win.")
    var config: String?

    @Option(help: "A hyper-parameter, NAME=JSON; may be given again. An unknown name lists those there are.")
    var set: [String] = []

    @Flag(help: "Print every hyper-parameter, with its value and meaning, and train nothing.")
    var showSettings = false

    @Option(
        help: """
            Of simulated farms: what has to be kept at the least cost, qos>=0.99 or paper_qos>=0.99. The reward's price of a \
            worker moves until the agent keeps it; the file has the cheapest agent that does, on episodes of validation.
            """)
    var goal: String?

    @Option(
        help: """
            Environment steps in all, those of the file that is resumed included; schedules run over them. Left out: the \
            preset's, or the file's.
            """)
    var steps: Int?

    @Option(help: "The seed of everything random.")
    var seed: UInt64?

    @Option(help: "The file to write, in safetensors.")
    var out = "model.safetensors"

    @Option(help: "Write the file after so many steps again and again, too; 0: only at the end.")
    var saveEvery = 0

    @Option(help: "Go on from this file, with its settings, in its environment unless another is given.")
    var resume: String?

    @Option(help: "A folder for TensorBoard, with CleanRL's names.")
    var tensorboard: String?

    @Option(help: "A file for the same numbers as comma-separated values.")
    var csv: String?

    @OptionGroup(title: "Encryption") var keys: ClientKeyOptions

    func validate() throws {
        try OptionValue.check(seconds: patience, "--patience", most: 3_600)
        if let steps, steps > Self.mostSteps {
            throw ValidationError("--steps must be \(Self.mostSteps) at most, got \(steps)")
        }
        guard saveEvery >= 0 else { throw ValidationError("--save-every must be 0 or more steps, got \(saveEvery)") }
        if let steps, steps < 1 { throw ValidationError("--steps must be 1 or more, got \(steps)") }
        try checkGoal()
        guard resume == nil || preset == nil && config == nil && set.isEmpty && seed == nil else {
            throw ValidationError(
                "a resumed training goes on with the settings of its file; leave out --preset, --config, --set and --seed"
            )
        }
    }

    private func checkGoal() throws {
        guard let goal else { return }
        do { _ = try GoalTraining.goal(goal) } catch { throw ValidationError("\(error)") }
        guard endpoint == nil, resume == nil, saveEvery == 0, env == nil || env == FarmEnvironmentRegistration.id else {
            throw ValidationError(
                "--goal trains on simulated farms of this process; leave out --endpoint, --env, --resume and --save-every"
            )
        }
        guard !argument.contains(where: { $0.hasPrefix("reward=") }) else {
            throw ValidationError("--goal sets the reward's weights; leave out --argument reward")
        }
    }

    func run() async throws {
        // Before any file is there, so that whoever sees one can interrupt.
        let interrupt = InterruptFlag()
        var checkpoint = try resume.map { path in try Checkpoint(contentsOf: path) }
        if let file = checkpoint { checkpoint = try goingOn(file) }
        let configuration = try checkpoint.map(settings) ?? chosenSettings()
        if showSettings {
            print(SettingsFile.text(configuration), terminator: "")
            return
        }
        try place.check(endpoint: endpoint)
        let total = steps ?? configuration.totalSteps
        try configuration.checkThatItLearns(from: checkpoint?.origin.stepCount ?? 0, to: total)
        let output = try OutputFile(out, of: "--out")
        let source = EnvironmentSource(endpoint: endpoint, patience: patience, keys: try keys.clientKeys())
        // A file's environment is kept unless the command line names another.
        let isKept = env == nil || env == checkpoint?.origin.environmentID
        let arguments = EnvironmentSource.arguments(
            isKept ? checkpoint?.origin.arguments ?? [] : [], try scenario.map(ScenarioArgument.entry) ?? [],
            place.place.arguments, try argument.map(ArgumentOption.entry))
        if let goal {
            let training = GoalTraining(try GoalTraining.goal(goal), output: output)
            try await train(toward: training, configuration, source, arguments, interrupt)
            return
        }
        let vector = try await source.vector(
            environmentID(checkpoint), arguments, count: configuration.environments, autoresetMode: .sameStep)
        defer { vector.closeNow() }
        try sayWhere(vector)
        let learner = try checkpoint?.learner(on: vector) ?? configuration.learner(on: vector)
        let log = try metrics(configuration, from: learner.stepCount)
        let line = TrainingLine(total: total, begun: learner.stepCount)
        let run = TrainingRun(
            learner: learner, output: output, saveEvery: saveEvery, warn: { StandardError.say("warning: \($0)") })
        // A round of a live farm takes minutes. Whoever interrupts waits half a second for its end, and no longer.
        if let end = (vector as? RemoteVector)?.end {
            interrupt.setOnRaise {
                Thread.sleep(forTimeInterval: 0.5)
                end()
            }
        }
        let wasInterrupted = try run.train(until: total, isInterrupted: { interrupt.isRaised }) { progress in
            line.show(progress)
            try log.add(progress)
            return !interrupt.isRaised
        } end: {
            line.end()
        }
        print(
            "\(wasInterrupted ? "interrupted after" : "trained for") \(learner.stepCount) steps; \(line.summary); wrote \(out)"
        )
        if wasInterrupted, let code = interrupt.exitCode { throw ExitCode(code) }
    }

    /// More steps than anybody has the time for.
    private static let mostSteps = 1_000_000_000_000_000

    /// The agent of a file with as many steps before it as were asked for.
    ///
    /// - Throws: when it has done them already.
    private func goingOn(_ file: Checkpoint) throws -> Checkpoint {
        let begun = file.origin.stepCount
        let run = try file.configuration().totalSteps
        guard steps ?? run > begun else {
            let more = begun > Int.max / 2 ? begun : 2 * begun
            throw ValidationError(
                "\(resume ?? "the file") has done \(begun) steps\(steps == nil ? ", all of its run" : "")"
                    + ", and --steps counts those, too: give more than \(begun), --steps \(more) for example")
        }
        guard let steps, steps > run else { return file }
        StandardError.say("note: schedules that ran over \(run) steps now run over \(steps)")
        return try file.running(over: steps)
    }

    private func train(
        toward training: GoalTraining, _ configuration: any LearnerConfiguration, _ source: EnvironmentSource,
        _ arguments: [Value.Entry], _ interrupt: InterruptFlag
    ) async throws {
        let log = try metrics(configuration, from: 0)
        let total = steps ?? configuration.totalSteps
        let line = TrainingLine(total: total, begun: 0)
        let (best, isEnded) = try await training.train(until: total) { reward in
            try await source.vector(
                environmentID(nil), arguments + [reward], count: configuration.environments, autoresetMode: .sameStep)
        } begin: { vector in
            try configuration.learner(on: vector)
        } progress: { progress in
            line.show(progress)
            try log.add(progress)
            return !interrupt.isRaised
        } tell: { trial in
            line.end()
            let price = String(format: "%.4g", trial.price)
            StandardError.say(
                "after \(trial.steps) steps, a worker-second at \(price) misses: \(trial.text(training.goal))")
        } warn: {
            StandardError.say("warning: \($0)")
        }
        line.end()
        let found = best.standing == .kept ? "the cheapest that keeps it" : "none surely kept it, the nearest"
        print(
            "\(isEnded ? "interrupted" : "trained for \(total) steps"); \(found): after \(best.steps) steps, "
                + "\(best.text(training.goal)), on \(GoalTraining.episodes) episodes of validation; wrote \(out)")
        if isEnded, let code = interrupt.exitCode { throw ExitCode(code) }
    }

    /// Where the numbers of a training go, which begins after so many steps.
    private func metrics(_ configuration: any LearnerConfiguration, from firstStep: Int) throws -> MetricsLog {
        let log = MetricsLog(
            events: try tensorboard.map { folder in try EventFile(folder: folder) },
            table: try csv.map { path in try MetricsTable(path: path) }, firstStep: firstStep)
        log.settings(configuration.entries)
        return log
    }

    /// Where a server's farms are, on standard error: a file's arguments say it as well as the command line, and the server
    /// says it where neither does.
    private func sayWhere(_ vector: any ImmediateRows) throws {
        let provenance = Provenance(environmentID: vector.spec.id, arguments: vector.arguments)
        try place.place.check(endpoint == nil ? .live(backend: "", speed: 1) : provenance)
        guard let endpoint, vector.spec.id == FarmEnvironmentRegistration.id else { return }
        StandardError.say("training on farms of \(endpoint): \(provenance)")
    }

    private func environmentID(_ checkpoint: Checkpoint?) -> String {
        env ?? checkpoint?.origin.environmentID ?? FarmEnvironmentRegistration.id
    }

    /// The preset, then the file's, then the command line's.
    private func chosenSettings() throws -> any LearnerConfiguration {
        let file = try config.map { path in try SettingsFile(path: path) }
        var chosen = try LearnerCatalogue.standard.configuration(
            algorithm, preset: preset ?? file?.preset, environmentID: environmentID(nil))
        for (name, value) in file?.settings ?? [] { chosen = try chosen.setting(name, to: value) }
        if let steps { chosen = try chosen.setting("totalSteps", to: "\(steps)") }
        for setting in set + (seed.map { ["seed=\($0)"] } ?? []) {
            let (name, value) = try ArgumentOption.pair(setting, of: "--set")
            chosen = try chosen.setting(name, to: value)
        }
        return chosen
    }

    private func settings(of checkpoint: Checkpoint) throws -> any LearnerConfiguration {
        let settings = try checkpoint.configuration()
        let wanted = try LearnerCatalogue.standard.configuration(algorithm).algorithm
        guard wanted == settings.algorithm else {
            throw ValidationError("\(resume ?? "the file") is of \(settings.algorithm), not of \(wanted)")
        }
        return settings
    }
}
