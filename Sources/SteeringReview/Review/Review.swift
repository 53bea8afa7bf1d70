import Episodes
public import Evaluation
public import Farm
public import FarmEnvironments
import FarmPolicies
import Foundation
public import Gymnasium
import Steering
import Synchronization

/// What policies would have cost and missed over a stretch of a function's steering, beside what was really asked for.
///
///     let history = try SteeringHistory(path: "steer.sqlite")
///     let review = try Review.run(.init(function: "resize", from: yesterday, to: today), in: history)
///     print(review.text())
///
/// The recorded calls become a scenario, in which `faasfarm evaluate` plays: ``Review/scenario`` is what it takes, and its numbers
/// are the same to the last digit. Policies are played as they are, without the rails between them and the platform.
public struct Review: Sendable {
    /// What is asked for.
    public struct Request: Sendable {
        public var function: String
        /// Seconds since 1970, as is ``to``, which is not of the stretch any more.
        public var from: Double
        public var to: Double
        /// As `faasfarm evaluate` takes them; nil: the policy that steered, or advised.
        public var policies: String?
        /// Whether the numbers that were advised are played too, rails and all.
        public var isAsAdvised = false
        public var reward: RewardScheme?
        /// Episodes, where something has to be drawn.
        public var repetitions = 20
        public var seed: UInt64 = 1_000_001
        public var team = ThreadTeam.shared

        public init(function: String, from: Double = -.infinity, to: Double = .infinity) {
            (self.function, self.from, self.to) = (function, from, to)
        }
    }

    /// What a policy came to.
    public struct Line: Sendable, Hashable {
        /// ``present`` and ``asAdvised``, or the text of a policy.
        public let policy: String
        /// Calls that were not done within their deadline.
        public let missed: Interval
        /// The share of all calls that were, 0 to 1.
        public let qos: Interval
        /// Paid worker-time, in worker-seconds.
        public let workerSeconds: Interval
        /// Of this policy minus the present; nil of the present.
        public let missedMore: Interval?
        public let workerSecondsMore: Interval?
        /// In seconds.
        public let responseTimeP95: Double
    }

    /// The name of the numbers that were really asked for.
    public static let present = "present"
    /// The name of the numbers that came out of the rails.
    public static let asAdvised = "as-advised"

    public let function: String
    /// Seconds since 1970: of the first decision, and of the end.
    public let begin: Double
    public let end: Double
    /// Length and number of the periods, in seconds.
    public let period: Double
    public let periods: Int
    /// Calls; recorded one by one, or only counted.
    public let calls: Int
    public let isCounted: Bool
    /// Blocks of the stretch that the intervals are of; 0: it is too short for intervals.
    public let blocks: Int
    public let resamples: Int
    /// The present first.
    public let lines: [Line]
    /// What somebody should know.
    public let notes: [String]
    /// What was played.
    public let scenario: Scenario
    /// All that `faasfarm evaluate` has of it.
    public let comparison: Comparison
    /// The numbers that were really asked for, as a policy's text; nil where it would be too long for one.
    public let presentText: String?

    /// - Parameters:
    ///   - progress: as of `ComparisonRuns`.
    ///   - note: called with what somebody should know while it runs.
    /// - Throws: ``ReviewError``: a stretch without decisions or calls; `EpisodeStoreError`, `PolicyError`, `EvaluationError`.
    public static func run(
        _ request: Request, in history: SteeringHistory,
        progress: (_ title: String) -> Evaluator.Progress = { _ in { _, _ in } }, note: (String) -> Void = { _ in }
    ) throws -> Review {
        let stretch = try RecordedStretch(
            history, of: request.function, from: request.from, to: request.to)
        return try Review(request, stretch, progress, note)
    }

    private init(
        _ request: Request, _ stretch: RecordedStretch, _ progress: (String) -> Evaluator.Progress,
        _ note: (String) -> Void
    ) throws {
        let (present, advised) = (stretch.plan(\.present), stretch.plan(\.advised))
        let scenario = try stretch.scenario(request.isAsAdvised ? present + advised : present)
        var notes = stretch.notes
        var policies: [any FarmPolicy] = [RecordedNumbers(Review.present, present)]
        if request.isAsAdvised { policies.append(RecordedNumbers(Review.asAdvised, advised)) }
        do {
            policies += try PolicyList(request.policies ?? stretch.policy, for: scenario).policies
        } catch  where request.policies == nil {
            notes.append("the policy \(stretch.policy) cannot be played: \(error)")
        }
        let reward: RewardScheme = try request.reward ?? RewardScheme("default")
        let runner = try EpisodeRunner(scenario, action: EpisodeRunner.usualAction(scenario), reward: reward)
        let episodes = stretch.isDrawn ? max(request.repetitions, 1) : 1
        let blocks = Review.blocks(stretch.steps)
        let sums = BlockSums(steps: stretch.steps, blocks: max(blocks, 1))
        var runs = ComparisonRuns(
            runner, on: EvaluatedScenario(scenario), policies, firstSeed: request.seed, episodes: episodes)
        (runs.baseline, runs.tracedSeed, runs.team) = (Review.present, request.seed, request.team)
        runs.watcher = { policy, episode, trace in sums.add(trace, policy: policy, episode: episode) }
        let result = try runs.run(progress: progress, note: note)
        let comparison = try Comparison(result)
        let bootstrap = try BlockBootstrap(blocks: max(blocks, 1))
        resamples = bootstrap.resamples
        let means = policies.indices.map { sums.mean(policy: $0) }
        lines = result.policies.indices.map { index in
            Line(
                result.policies[index].policy, means[index], present: index == 0 ? nil : means[0],
                comparison.policies[index].metrics, bootstrap)
        }
        if let last = stretch.calls.last.map({ $0.arrived - stretch.begin }),
            last < scenario.horizon - 3 * stretch.settings.period
        {
            notes.append(
                "the last call came \(DecisionText.number(scenario.horizon - last)) s before the end: "
                    + "what workers cost once it was done is not counted, for any policy")
        }
        let bounds = (scenario.stages.first.workers, stretch.settings.workers)
        if bounds.0.min != bounds.1.min || bounds.0.max != bounds.1.max {
            notes.append(
                "there were numbers of workers beyond the bounds \(bounds.1.min) to \(bounds.1.max); the policies may take "
                    + "\(bounds.0.min) to \(bounds.0.max), too")
        }
        if stretch.calls.isEmpty {
            notes.append(
                "calls were only counted: as many come in each period, at times that are drawn, and their times in the function "
                    + "are drawn around the measured mean")
        } else if stretch.isDrawn {
            notes.append("calls that were not answered have times in the function that are drawn from the others'")
        }
        (function, begin, end) = (stretch.function, stretch.begin, stretch.end)
        (period, periods) = (stretch.settings.period, stretch.steps)
        isCounted = stretch.calls.isEmpty
        calls =
            isCounted ? Int(scenario.arrivals.expectedCount(before: scenario.horizon).rounded()) : stretch.calls.count
        (self.blocks, self.notes, self.scenario, self.comparison) = (blocks, notes, scenario, comparison)
        presentText = RecordedNumbers.text(present)
    }

    /// Blocks of ten periods at least, at most thirty, at least four.
    private static func blocks(_ steps: Int) -> Int { steps >= 40 ? min(30, steps / 10) : 0 }
}

extension Review.Line {
    fileprivate init(
        _ policy: String, _ sums: [BlockSums.Sum], present: [BlockSums.Sum]?, _ metrics: MetricValues<Interval>,
        _ bootstrap: BlockBootstrap
    ) {
        self.policy = policy
        missed = bootstrap.sum(of: sums.map(\.missed))
        workerSeconds = bootstrap.sum(of: sums.map(\.workerSeconds))
        qos = bootstrap.share(of: sums.map(\.met), in: sums.map(\.arrivals))
        responseTimeP95 = metrics[.responseTimeP95].mean
        missedMore = present.map { present in
            bootstrap.sum(of: zip(sums, present).map { $0.missed - $1.missed })
        }
        workerSecondsMore = present.map { present in
            bootstrap.sum(of: zip(sums, present).map { $0.workerSeconds - $1.workerSeconds })
        }
    }
}
