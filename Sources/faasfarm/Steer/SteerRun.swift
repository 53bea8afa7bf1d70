import ArgumentParser
import Farm
import Foundation
import Logging
import ServiceLifecycle
import Steering
import SystemErrors
import UnixSignals

struct SteerRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Steer functions, until SIGINT or SIGTERM; their replicas stay as they are then.")

    @Argument(help: "A configuration, as docs/steering.md has it. Left out: the options say it.")
    var file: String?

    @OptionGroup(title: "One function") var one: SteerOptions
    @OptionGroup(title: "Listening") var listening: SteerListening

    @Option(
        help: ArgumentHelp(
            "The SQLite file of decisions and served calls; made when it is not there. Left out: the configuration's, or steer.sqlite.",
            valueName: "file"))
    var journal: String?

    @Option(help: "Tell each decision as a line of JSON in this file, or on standard output (-).") var lines: String?
    @Option(help: "What the first line on standard output is: text or json.") var format = AnswerFormat.text
    @Option(help: "trace, debug, info, notice, warning or error; the log goes to standard error.")
    var logLevel = Logger.Level.notice

    func run() async throws {
        var logger = Logger(label: "faasfarm.steer") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = logLevel
        let program = try SteeringProgram(try plan(), options: self, logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: program.services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do { try await group.run() } catch {
            await program.close()
            throw error
        }
        await program.close()
    }

    private func plan() throws -> SteeringPlan {
        var plan: SteeringPlan
        if let file {
            guard one.isEmpty else {
                throw ValidationError("a file says what is steered; leave --gateway, --function and --policy out")
            }
            let text: String
            do {
                text = try String(contentsOf: URL(fileURLWithPath: file), encoding: .utf8)
            } catch {
                throw ValidationError("\(file) cannot be read: \(SystemFailure.reason(error))")
            }
            plan = try SteeringPlan(yaml: text, file: file)
            plan.journal = journal ?? plan.journal
        } else {
            plan = try one.plan(journal: journal ?? "steer.sqlite")
        }
        listening.fill(&plan.listeners)
        if plan.listeners.ingress == nil, plan.functions.contains(where: { $0.source == .ingress }) {
            throw ValidationError("--source ingress needs --ingress-listen HOST:PORT")
        }
        return plan
    }
}
