import Farm
import FarmEnvironments
public import Files
import Foundation
public import Gymnasium
public import Learning

/// A training towards a goal: the price of a worker is raised while the agent keeps the goal, and lowered while it does not, and
/// the file is the cheapest agent that kept it.
///
/// A Lagrangian of "least cost, goal kept" with the misses' weight at 1: the training goes in stretches, and after each the agent
/// is tried on validation episodes that no training and no report uses. The step of the price shrinks whenever its direction
/// turns. Which agent is kept is decided by the same rule as a tuner's parameters (``Evaluator/best(of:progress:)``).
public struct GoalTraining {
    public let goal: Goal
    private let output: OutputFile

    /// Parts of a training of `total` steps, with a trial after each: 20, but of 5,000 steps at least, and two at least.
    static func stretches(of total: Int) -> Int { min(20, max(2, total / 5_000)) }
    /// Of validation: far from the seeds that reports and tuners use.
    static let firstSeed: UInt64 = 2_000_000_011
    public static let episodes = 100
    /// Paid worker-second against missed task, at first.
    static let firstPrice = 0.02

    /// What an agent came to on the validation episodes.
    public struct Trial: Sendable {
        public let steps: Int
        public let price: Double
        public let standing: Goal.Standing
        let mean: Double
        let workerSeconds: Double

        /// As a line for people.
        public func text(_ goal: Goal) -> String {
            goal.metric.name
                + String(format: " %.2f %%, %.0f worker-seconds an episode, ", 100 * mean, workerSeconds)
                + "goal \(goal) \(standing.rawValue)"
        }
    }

    /// - Parameters:
    ///   - goal: as ``goal(_:)`` reads it.
    ///   - output: the agent's file.
    public init(_ goal: Goal, output: OutputFile) {
        self.goal = goal
        self.output = output
    }

    /// Reads a goal.
    ///
    /// - Throws: ``EvaluationError`` for a text that is none, or one that a price cannot steer to.
    public static func goal(_ text: String) throws(EvaluationError) -> Goal {
        let goal = try Goal(text)
        guard goal.metric == .qos || goal.metric == .paperQoS else { throw .unsteerableGoal(goal: "\(goal)") }
        return goal
    }

    /// The reward at a price.
    static func reward(_ price: Double) -> Value.Entry {
        Value.Entry("reward", .dictionary(["miss": .number(1), "cost": .number(price)]))
    }

    /// Trains `total` steps.
    ///
    /// - Parameters:
    ///   - vector: an environment with such a reward.
    ///   - begin: the learner on its first environment.
    ///   - progress: false ends the training.
    ///   - tell: called after each trial.
    ///   - warn: called with what somebody should know meanwhile.
    /// - Returns: what the agent that was kept came to, and whether `progress` ended the training.
    /// - Throws: what stopped the training; the best agent so far is in the file. `OutputFile.Elsewhere` where it had to go
    ///   into another.
    public func train(
        until total: Int, vector: (Value.Entry) async throws -> any ImmediateRows,
        begin: (any ImmediateRows) throws -> any Learner,
        progress: (TrainingProgress) throws -> Bool, tell: (Trial) -> Void = { _ in },
        warn: (String) -> Void = { _ in }
    ) async throws -> (best: Trial, isEnded: Bool) {
        var price = Price(GoalTraining.firstPrice)
        var best: Trial?
        var file = GoalFile(output: output)
        var newest: Checkpoint?
        var isEnded = false
        let stretches = GoalTraining.stretches(of: total)
        for stretch in 1...stretches where !isEnded {
            let farm = try await vector(GoalTraining.reward(price.value))
            defer { farm.closeNow() }
            // A family has no scenario to validate on, which is better heard now than after a stretch.
            _ = try Scenario(argument: farm.scenarioText)
            let learner = try newest?.learner(on: farm) ?? begin(farm)
            var failure: (any Error)?
            try learner.train(until: total / stretches * stretch + (stretch == stretches ? total % stretches : 0)) {
                round in
                do { isEnded = try !progress(round) } catch { failure = error }
                return !isEnded && failure == nil
            }
            if let failure {
                try file.finish()
                throw failure
            }
            let checkpoint = learner.checkpoint()
            newest = checkpoint
            let trial = try trial(of: checkpoint, on: farm, price: price.value)
            tell(trial)
            if best.map({ GoalTraining.isBetter(trial, than: $0, by: goal) }) ?? true {
                best = trial
                // At once, so that what was found outlives whatever comes.
                try file.save(checkpoint, warn)
            }
            price.move(isKept: trial.standing == .kept)
        }
        guard let best else { throw EvaluationError.noEpisodes(policy: "agent") }
        try file.finish()
        return (best, isEnded)
    }

    private func trial(of checkpoint: Checkpoint, on farm: any ImmediateRows, price: Double) throws -> Trial {
        let scenario = try Scenario(argument: farm.scenarioText)
        let policy = try TrainedFarmPolicy(try TrainedPolicy(checkpoint), name: "agent", scenario: scenario)
        let runner = try EpisodeRunner(scenario, action: policy.action, reward: .weights(RewardWeights()))
        let evaluator = Evaluator(runner, firstSeed: GoalTraining.firstSeed, episodes: GoalTraining.episodes)
        let episodes = evaluator.run([policy])[0].episodes
        let interval = try Interval(ofMean: episodes.map { $0[goal.metric] })
        let cost = episodes.map(\.workerSeconds).reduce(0, +) / Double(episodes.count)
        return Trial(
            steps: checkpoint.origin.stepCount, price: price, standing: goal.standing(interval), mean: interval.mean,
            workerSeconds: cost)
    }

    /// Kept before not kept; of kept ones the cheaper, of the others the nearer.
    private static func isBetter(_ trial: Trial, than other: Trial, by goal: Goal) -> Bool {
        func key(_ trial: Trial) -> (Double, Double) {
            (trial.standing == .kept ? -1 : goal.shortfall(trial.mean), trial.workerSeconds)
        }
        return key(trial) < key(other)
    }

    /// What a paid worker-second costs, in missed tasks.
    struct Price {
        private(set) var value: Double
        /// A move's factor.
        private var factor = 2.0
        private var wasRaised: Bool?

        init(_ value: Double) { self.value = value }

        /// Raises the price where the goal is kept, else lowers it; by less once the direction has turned.
        mutating func move(isKept: Bool) {
            if let wasRaised, wasRaised != isKept { factor = max(1.05, factor.squareRoot()) }
            wasRaised = isKept
            value = min(max(isKept ? value * factor : value / factor, 1e-6), 1e3)
        }
    }
}

/// The file of the best agent: where it cannot be written on the way, it may be by the end.
private struct GoalFile {
    let output: OutputFile
    private var unsaved: Data?

    init(output: OutputFile) { self.output = output }

    mutating func save(_ checkpoint: Checkpoint, _ warn: (String) -> Void) throws(LearningError) {
        let content = Data(try checkpoint.content.encoded())
        do {
            try output.save(content)
            unsaved = nil
        } catch {
            unsaved = content
            warn(
                "\(output.path) cannot be written after \(checkpoint.origin.stepCount) steps: \(error.localizedDescription)"
            )
        }
    }

    func finish() throws {
        if let unsaved { try output.write(unsaved) }
    }
}
