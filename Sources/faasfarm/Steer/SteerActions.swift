public import ArgumentParser
import Foundation
public import Steering
import SteeringControl

/// Which running `faasfarm steer` is meant.
struct RunningOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The journal of the one that is meant.", valueName: "file"))
    var journal = "steer.sqlite"

    @Option(help: "text or json.")
    var format = AnswerFormat.text

    func show(_ report: StatusReport) {
        switch format {
        case .text: print(report.text)
        case .json: print(String(decoding: report.json, as: UTF8.self))
        }
    }
}

struct SteerStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "What a running one asks for, and why.")

    @OptionGroup var running: RunningOptions

    func run() async throws {
        running.show(try await ControlClient(journal: running.journal).status())
    }
}

struct SteerRevert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revert",
        abstract: "Take a function from its policy: back to advice, and to the replicas that were there before.")

    @Argument(help: "The function.") var function: String
    @OptionGroup var running: RunningOptions

    func run() async throws {
        running.show(try await ControlClient(journal: running.journal).take(.revert, of: function))
    }
}

struct SteerPause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Make no changes to a function's replicas, until `resume`.",
        usage: "faasfarm steer pause <function> [<options>]")

    @Argument(help: "The function.") var function: String
    @Option(help: "Which changes are not made: up, down or both.") var direction = SteeringSettings.Direction.both
    @OptionGroup var running: RunningOptions

    func run() async throws {
        running.show(try await ControlClient(journal: running.journal).take(.pause(direction), of: function))
    }
}

struct SteerResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Make changes again that `pause` has stopped.")

    @Argument(help: "The function.") var function: String
    @OptionGroup var running: RunningOptions

    func run() async throws {
        running.show(try await ControlClient(journal: running.journal).take(.resume, of: function))
    }
}

extension SteeringSettings.Direction: ExpressibleByArgument {}
