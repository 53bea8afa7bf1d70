import ArgumentParser
import EnvironmentCatalogue
import Evaluation
import Farm
import FarmEnvironments
import FarmPolicies
import Files
import Gymnasium
import Learning
import Terminal

struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Compare policies on the same episodes.",
        discussion: """
            Every policy meets the same tasks: episode i of each has seed --seed + i. Numbers come with 95 % bootstrap \
            intervals, and with paired differences to the baseline. The line of fixed numbers of workers is always there \
            to be compared with.

              faasfarm evaluate --scenario paper-as-run
              faasfarm evaluate --scenario shuffled --report page.html \\
                --policies static:12,queue-length:target=2
              faasfarm evaluate --scenario my-farm.yaml --tune --hindsight 600 \\
                --format json
              faasfarm evaluate --scenario shuffled --tune --goal 'qos>=0.99'

            With a daemon's --endpoint the same is played on its live farm, rules and agents in turns, in real time:

              faasfarm evaluate --endpoint tcp://127.0.0.1:5555 --scenario demo \\
                --policies static:6,farm.safetensors --episodes 5

            With --suite, parameters are chosen on one segment of each of seven kinds of load, and tested on others:

              faasfarm evaluate --suite --in-sample --report suite.html
              faasfarm evaluate --suite --loads flash --policies static,queue-length \\
                --goal 'qos>=0.95'

            With --env, agents run on environments of any kind, here or on a server, and returns are told:

              faasfarm evaluate --env faasfarm/CartPole-v1 --episodes 100 \\
                --policies cartpole.safetensors --format json

            docs/policies.md has the policies, docs/evaluation.md how to read the numbers.
            """)

    @Option(
        help: """
            A preset, a scenario file (docs/scenarios.md), or recording:FILE#ID for the tasks of a recorded episode. \
            Left out: paper-as-run; with --env or --endpoint, the agent's.
            """)
    var scenario: String?

    @Option(
        defaultAsFlag: SuiteEvaluation.standard,
        help: """
            The benchmark: parameters are chosen on a segment of each load and tested on others. With a FILE, on the loads that \
            it lists (docs/evaluation.md).
            """)
    var suite: String?

    @Option(help: "With --suite: loads, separated by commas. Left out: all of them.")
    var loads: String?

    @Flag(help: "With --suite: look for the best operators' rule on the test episodes themselves, too.")
    var inSample = false

    @Option(help: "An environment's id, for agents from files: their returns on it.")
    var env: String?

    @Option(help: "A server whose farm, or with --env whose environment, they run on: tcp://HOST:PORT or ipc://PATH.")
    var endpoint: String?

    @OptionGroup(title: "Farms of a server") var place: FarmPlaceOptions

    @Option(help: "Seconds of that server's silence that are an error, at least.")
    var patience = 10.0

    @Option(help: "With --env: an argument of the environment, NAME=VALUE or NAME=JSON; may be given again.")
    var argument: [String] = []

    @Option(
        help: """
            Policies, separated by commas: NAME, NAME:VALUE or NAME:KEY=VALUE,KEY=VALUE. Left out: the paper's, a fixed \
            number, and the operators' rules.
            """)
    var policies: String?

    @Option(
        name: .customLong("episodes"),
        help: """
            Episodes of each policy. Left out: \(EvaluateCommand.usualEpisodes); \(FarmSessionRuns.liveEpisodes) on a live \
            farm; 1 where every episode would have the same tasks; with --suite \(SuiteRuns.usualEpisodes) of each segment.
            """)
    var episodeCount: Int?

    /// Episodes where nothing is said, of farms that are simulated.
    static let usualEpisodes = 200
    /// Far from the seeds that people train with.
    static let usualSeed: UInt64 = 1_000_001

    @Option(help: "The first episode's seed. Left out: one far from those that people train with.")
    var seed = EvaluateCommand.usualSeed

    @Option(
        help: """
            What a policy may do in a step: paper (-1, 0, +1), delta:K (up to K either way) or target (any number). Left out: \
            paper where a step waits for its scaling, else target.
            """)
    var action: String?

    @Option(
        help: """
            The reward: default, paper, or weights as JSON, {"miss": 1, "cost": 0.02} (docs/environments.md). Left out: default; \
            with --suite {"miss": 1, "cost": 0.03}.
            """)
    var reward: String?

    @Option(
        help: """
            What has to be kept at the least cost, METRIC>=SHARE or METRIC<=NUMBER: qos>=0.99, response_time_p95<=2. --tune and \
            --hindsight then look for the cheapest that keeps it, and the report has who does.
            """)
    var goal: String?

    @Option(help: "The policy that the others are compared with. Left out: the first one.")
    var baseline: String?

    @Flag(help: "Give each operators' rule the best parameters found on other seeds, before it is compared.")
    var tune = false

    @Option(
        help: """
            Search for the best plan of each episode, simulating as many tasks as so many episodes have; 0: none. More \
            finds better plans, by a few per cent from 400 to 4000.
            """)
    var hindsight = 0

    @Flag(
        help: """
            Beside the policies, a look-ahead that is told how many tasks the coming windows bring: what a perfect forecast would be \
            worth. By reward, not with --goal.
            """)
    var trueCounts = false

    @Option(help: "The seed whose windows the report draws. Left out: the first one.")
    var traceSeed: UInt64?

    @Option(help: "Write a page with pictures to this file.")
    var report: String?

    @Option(help: "text, json or csv.")
    var format = EvaluationFormat.text

    @Option(help: "Threads; left out: one for each processor.")
    var threads: Int?

    @OptionGroup(title: "Encryption") var keys: ClientKeyOptions

    func validate() throws {
        try OptionValue.check("--episodes", episodeCount, in: 1...100_000)
        try OptionValue.check(seconds: patience, "--patience", most: 3_600)
        try OptionValue.check("--hindsight", hindsight, in: 0...1_000_000, "episodes")
        if let goal {
            guard env == nil, endpoint == nil else {
                throw ValidationError("--goal is of simulated farms; leave it out with --env and --endpoint")
            }
            do { _ = try Goal(goal) } catch { throw ValidationError("\(error)") }
        }
        guard !trueCounts || goal == nil && env == nil else {
            throw ValidationError("--true-counts is by reward, on simulated farms; leave it out with --goal and --env")
        }
        try OptionValue.check("--threads", threads, in: 1...256)
        let count = UInt64(episodeCount ?? EvaluateCommand.usualEpisodes)
        if let traceSeed, traceSeed < seed || traceSeed - seed >= count {
            throw ValidationError("--trace-seed must be one of the seeds, \(seed) to \(seed &+ count &- 1)")
        }
        try place.check(endpoint: endpoint)
        try SuiteEvaluation(self).check()
    }

    func run() async throws {
        let page = try report.map { try OutputFile($0, of: "--report") }
        if suite != nil {
            try SuiteEvaluation(self).run(page)
        } else if let endpoint, try isOfFarms {
            try await playSession(on: endpoint, page)
        } else if env != nil || endpoint != nil {
            guard page == nil else {
                throw ValidationError("--report draws farms; agents on other environments have their returns told")
            }
            let result = try await EnvironmentRuns(options: self).run()
            switch format {
            case .text: print(try EnvironmentReport.table(result), terminator: "")
            case .json: print(try EnvironmentReport.json(result), terminator: "")
            case .csv: print(EnvironmentReport.csv(result), terminator: "")
            }
        } else {
            let subject = try ScenarioArgument.subject(scenario ?? "paper-as-run")
            let runner = try runner(subject.scenario)
            let policies = try PolicyList(policies, for: subject.scenario).policies
            var runs = ComparisonRuns(
                runner, on: subject, policies, firstSeed: seed,
                episodes: episodeCount ?? (subject.isOneWorkload ? 1 : EvaluateCommand.usualEpisodes))
            runs.goal = try goal.map { text throws(EvaluationError) in try Goal(text) }
            (runs.tunes, runs.hindsight, runs.baseline, runs.tracedSeed) = (tune, hindsight, baseline, tracedSeed)
            runs.tellsCounts = trueCounts
            if let threads { runs.team = ThreadTeam(threads: threads) }
            try write(
                runs.run(progress: { ProgressBar($0, unit: "episodes").update }, note: StandardError.say), page)
        }
    }

    func write(_ result: EvaluationResult, _ page: OutputFile?) throws {
        let comparison = try Comparison(result)
        switch format {
        case .text:
            print(
                TextTable(metrics: metrics(of: result), width: Terminal.outputColumns).text(comparison),
                terminator: "")
        case .json: print(JSONReport.text(comparison), terminator: "")
        case .csv: print(CSVReport.text(result), terminator: "")
        }
        if let page {
            try page.write(HTMLReport.text(comparison))
            StandardError.say("wrote \(page.path)")
        }
    }

    /// Whether a server's farm is wanted, and no other environment: by what was said, otherwise by the agents.
    private var isOfFarms: Bool {
        get throws {
            guard env == nil, argument.isEmpty else { return false }
            return try PolicyList.checkpoints(policies).allSatisfy {
                $0.checkpoint.origin.environmentID == FarmEnvironmentRegistration.id
            }
        }
    }

    func runner(_ scenario: Scenario) throws -> EpisodeRunner {
        try EpisodeRunner(
            scenario, action: action.map { try ActionScheme(.text($0)) } ?? EpisodeRunner.usualAction(scenario),
            reward: RewardScheme(ArgumentOption.entry("reward=\(reward ?? "default")").value))
    }

    /// The seed whose windows a report draws; nil where there is none.
    var tracedSeed: UInt64? { report == nil ? nil : traceSeed ?? seed }

    /// The paper's measures where its scenarios are.
    private func metrics(of result: EvaluationResult) -> [Metric] {
        result.scenario.hasPrefix("paper")
            ? [
                .paperQoS, .paperMeanWorkers, .meanDesired, .qos, .meanWorkers, .meanReady, .scalingActions,
                .responseTimeP95, .reward,
            ]
            : TextTable.usualMetrics
    }
}

/// What the numbers are written as.
enum EvaluationFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, csv
}
