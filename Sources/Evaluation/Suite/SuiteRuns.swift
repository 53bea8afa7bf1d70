public import Farm
public import FarmEnvironments
import FarmPolicies
public import Gymnasium

/// The benchmark: every policy with parameters chosen on each load's tuning segment, played on its test segments.
///
///     var runs = SuiteRuns(try SuiteLoad.named(["flash", "daily"]))
///     (runs.episodes, runs.isInSample) = (4, true)
///     let comparison = try SuiteComparison(try runs.run())
///     print(SuiteText(width: 120).text(comparison))
public struct SuiteRuns: Sendable {
    public let loads: [SuiteLoad]
    /// Texts. A bare name of a rule that has parameters to choose, as `queue-length` and `static`, stands for the best of them
    /// on the tuning segment; a text with parameters, and an agent's file, for itself.
    public let policies: [String]
    /// Prices: the cost of an episode is what its rewards take away.
    public var reward = SuiteRuns.usualReward
    /// What a policy may do in a step; nil: what is usual for each scenario.
    public var action: ActionScheme?
    /// What has to be kept at the least cost, which is paid worker-seconds then; nil: the reward counts.
    public var goal: Goal?
    /// Of each test segment of 300 windows or more; short ones have up to ten times as many.
    public var episodes = SuiteRuns.usualEpisodes
    /// The search for the best plan of each test episode simulates as many tasks as so many episodes have; 0: none.
    public var hindsight = 0
    /// Whether a look-ahead that is told the coming windows' counts plays the test episodes, too; not with a goal.
    public var tellsCounts = false
    /// Whether the best operators' rule *on the test episodes themselves* is looked for, which nobody can know beforehand.
    public var isInSample = false
    /// Of the test episodes. Those of the tuning are far from them.
    public var firstSeed: UInt64 = 1_000_001
    public var team = ThreadTeam.shared

    public static let usualEpisodes = 4
    /// A missed task is worth 33 paid worker-seconds.
    public static let usualReward: RewardWeights = {
        var weights = RewardWeights()
        (weights.miss, weights.cost) = (1, 0.03)
        return weights
    }()
    /// The rules that others are measured against: fixed numbers, and what operators run.
    public static let references = ["static", "queue-length", "target-utilisation", "concurrency", "openfaas-rps"]
    /// Where nothing is said: the references, and the rules of ours that are quick.
    public static var usualPolicies: [String] {
        references + ["forecast", "experts"].filter { name in PolicyCatalogue.all.contains { $0.name == name } }
    }

    /// - Parameter policies: separated by commas; nil: ``usualPolicies``.
    public init(_ loads: [SuiteLoad] = SuiteLoad.standard, policies: String? = nil) {
        self.loads = loads
        self.policies = policies.map(PolicyList.split) ?? SuiteRuns.usualPolicies
    }

    /// - Parameters:
    ///   - progress: how far all of it is, in thousands of simulated tasks.
    ///   - note: called with what somebody should know beside the result.
    /// - Throws: `PolicyError`, `EnvironmentError` and ``EvaluationError``.
    public func run(
        progress: @escaping Evaluator.Progress = { _, _ in }, note: (String) -> Void = { _ in }
    ) throws -> SuiteResult {
        guard !loads.isEmpty else { throw EvaluationError.noLoads }
        guard !policies.isEmpty else { throw EvaluationError.noPolicies }
        for (index, policy) in policies.enumerated() where policies[..<index].contains(policy) {
            throw EvaluationError.duplicatePolicy(policy: policy)
        }
        let plays = try loads.map { try SuiteLoadRuns($0, self) }
        let work = SuiteWork(total: plays.reduce(0) { $0 + $1.work }, progress)
        let clock = ContinuousClock()
        let begun = clock.now
        let results = try plays.map { try $0.run(work, note) }
        progress(1, 1)
        return SuiteResult(
            loads: results, policies: policies, reward: reward, goal: goal, seed: firstSeed,
            seconds: (clock.now - begun) / .seconds(1))
    }

    /// Episodes of each of a load's segments: as many for all, so that they are one sample.
    func rounds(of load: SuiteLoad) -> Int {
        let windows = load.tests.map(\.steps).min() ?? 1
        return windows >= 300 ? episodes : episodes * min(10, max(1, 400 / max(windows, 1)))
    }
}

/// How far a suite is. Used by one thread at a time, which starts the parts one after the other.
final class SuiteWork {
    private let total: Int
    private let progress: Evaluator.Progress
    private var done = 0

    /// - Parameter total: simulated tasks.
    init(total: Int, _ progress: @escaping Evaluator.Progress) {
        self.total = total
        self.progress = progress
    }

    /// The progress of a part of so many episodes, of so many tasks each.
    func part(_ episodes: Int, of tasks: Int) -> Evaluator.Progress {
        let (before, total, progress) = (done, total, progress)
        done += episodes * tasks
        return { episodes, _ in
            let all = max(total / 1_000, 1)
            // The last call is the whole's.
            progress(min((before + episodes * tasks) / 1_000, all - 1), all)
        }
    }
}
