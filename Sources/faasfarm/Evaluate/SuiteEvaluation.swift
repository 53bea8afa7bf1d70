import ArgumentParser
import EnvironmentCatalogue
import Evaluation
import Farm
import FarmEnvironments
import Files
import Foundation
import Gymnasium
import Terminal

/// `faasfarm evaluate --suite`: the benchmark's loads, or those of a file.
struct SuiteEvaluation {
    private let options: EvaluateCommand

    /// What `--suite` alone stands for.
    static let standard = "standard"

    init(_ options: EvaluateCommand) { self.options = options }

    /// - Throws: `ValidationError` for what does not go together.
    func check() throws {
        guard options.suite != nil else {
            guard options.loads == nil, !options.inSample else {
                throw ValidationError("--loads and --in-sample are of --suite; add it, or leave them out")
            }
            return
        }
        let others: [(String, Bool)] = [
            ("--scenario", options.scenario != nil), ("--env", options.env != nil),
            ("--endpoint", options.endpoint != nil), ("--tune", options.tune), ("--baseline", options.baseline != nil),
            ("--trace-seed", options.traceSeed != nil),
        ]
        if let other = others.first(where: \.1) {
            throw ValidationError(
                "\(other.0) does not go with --suite, which has scenarios of its own and tunes on them; leave one of them out"
            )
        }
    }

    func run(_ page: OutputFile?) throws {
        var runs = SuiteRuns(try loads(), policies: options.policies)
        if let reward = options.reward {
            guard case .weights(let weights) = try RewardScheme(ArgumentOption.entry("reward=\(reward)").value) else {
                throw ValidationError("--suite compares costs: --reward takes weights as JSON, got \(reward)")
            }
            runs.reward = weights
        }
        runs.action = try options.action.map { try ActionScheme(.text($0)) }
        runs.goal = try options.goal.map { text throws(EvaluationError) in try Goal(text) }
        if let episodes = options.episodeCount { runs.episodes = episodes }
        (runs.hindsight, runs.isInSample, runs.firstSeed) = (options.hindsight, options.inSample, options.seed)
        runs.tellsCounts = options.trueCounts
        if let threads = options.threads { runs.team = ThreadTeam(threads: threads) }
        let bar = ProgressBar("suite", unit: "thousand tasks")
        let result = try runs.run(progress: bar.update, note: StandardError.say)
        let comparison = try SuiteComparison(result)
        switch options.format {
        case .text: print(SuiteText(width: Terminal.outputColumns).text(comparison), terminator: "")
        case .json: print(SuiteJSON.text(comparison), terminator: "")
        case .csv: print(SuiteCSV.text(result), terminator: "")
        }
        if let page {
            try page.write(SuitePage.text(comparison))
            StandardError.say("wrote \(page.path)")
        }
    }

    private func loads() throws -> [SuiteLoad] {
        let file = options.suite ?? SuiteEvaluation.standard
        let all = file == SuiteEvaluation.standard ? SuiteLoad.standard : try listed(in: file)
        guard let names = options.loads else { return all }
        return try SuiteLoad.named(names.split(separator: ",").map(String.init), of: all)
    }

    /// Scenario files are looked for beside the list.
    private func listed(in file: String) throws -> [SuiteLoad] {
        let place = URL(fileURLWithPath: file).deletingLastPathComponent()
        guard let yaml = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw ValidationError(
                "--suite: there is no readable file \(file.prefix(200)); expected a list of loads in YAML (docs/evaluation.md)"
            )
        }
        return try SuiteLoad.list(yaml: yaml, file: file) { name in
            let beside = place.appendingPathComponent(name).path
            return try ScenarioArgument.read(FileManager.default.fileExists(atPath: beside) ? beside : name)
        }
    }
}
