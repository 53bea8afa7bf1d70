import ArgumentParser
import Episodes
import Evaluation
import Farm
import FarmEnvironments
import Files
import Foundation
import Gymnasium
import SteeringReview
import Terminal

/// `faasfarm review FILE`.
struct ReviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review",
        abstract: "Say what policies would have cost and missed, beside what was really asked for.",
        discussion: """
            FILE is what `faasfarm steer` writes. The calls of a stretch of time are played again in the simulator: with the numbers \
            of workers that were really asked for, with the policy that advised (or steered), and with any others. Where \
            calls came through our ingress they are played one by one, else as many in each period as the source counted.

              faasfarm review steer.sqlite --function resize
              faasfarm review steer.sqlite --function resize --from 2025-11-24 \\
                --policies queue-length,static:4 --as-advised --page review.html

            `faasfarm evaluate` says the same of the same scenario (--write-scenario), to the last digit. docs/steering.md tells what \
            is not in it.
            """)

    @Argument(help: "The journal.")
    var file: String

    @Option(help: ArgumentHelp("The function. Left out: the only one that there is.", valueName: "name"))
    var function: String?

    @OptionGroup var stretch: StretchOptions

    @Option(
        help: """
            Policies, as of `faasfarm evaluate`. Left out: the one that advised, or steered.
            """)
    var policies: String?

    @Flag(help: "Also the numbers that were advised, with all that the guard rails did.")
    var asAdvised = false

    @Option(help: "The reward of the tables of `evaluate`, as there. Left out: default.")
    var reward: String?

    @Option(help: "Episodes of each policy, where something has to be drawn.")
    var repetitions = 20

    @Option(help: "The first episode's seed.")
    var seed = EvaluateCommand.usualSeed

    @Option(help: "text or json.")
    var format = AnswerFormat.text

    @Option(help: ArgumentHelp("Write a page with pictures to this file.", valueName: "file"))
    var page: String?

    @Option(help: ArgumentHelp("Write the scenario that is played to this file.", valueName: "file"))
    var writeScenario: String?

    @Option(help: "Threads; left out: one for each processor.")
    var threads: Int?

    func validate() throws {
        try OptionValue.check("--repetitions", repetitions, in: 1...10_000)
        try OptionValue.check("--threads", threads, in: 1...256)
    }

    func run() async throws {
        let pageFile = try page.map { try OutputFile($0, of: "--page") }
        let scenarioFile = try writeScenario.map { try OutputFile($0, of: "--write-scenario") }
        let history = try SteeringHistory(path: file)
        var request = Review.Request(function: try name(history))
        (request.from, request.to) = try stretch.times(now: Date().timeIntervalSince1970)
        (request.policies, request.isAsAdvised) = (policies, asAdvised)
        (request.repetitions, request.seed) = (repetitions, seed)
        request.reward = try reward.map { try RewardScheme(ArgumentOption.entry("reward=\($0)").value) }
        if let threads { request.team = ThreadTeam(threads: threads) }
        let review = try Review.run(
            request, in: history, progress: { ProgressBar($0, unit: "episodes").update }, note: StandardError.say)
        switch format {
        case .text: print(review.text(width: Terminal.outputColumns), terminator: "")
        case .json: print(review.json, terminator: "")
        }
        if let scenarioFile {
            try scenarioFile.write(review.scenario.yaml)
            StandardError.say("wrote \(scenarioFile.path)")
        }
        if let pageFile {
            try pageFile.write(review.page)
            StandardError.say("wrote \(pageFile.path)")
        }
    }

    private func name(_ history: SteeringHistory) throws -> String {
        if let function { return function }
        let names = try history.functions().map(\.function)
        guard let name = names.first else {
            throw ValidationError("\(file) has no steered function; `faasfarm steer` writes one")
        }
        guard names.count == 1 else {
            throw ValidationError(
                "\(file) has several functions; name one with --function: \(names.joined(separator: ", "))")
        }
        return name
    }
}
