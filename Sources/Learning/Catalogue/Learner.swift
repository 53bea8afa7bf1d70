public import Gymnasium
public import Randomness

/// An agent that learns from a vector of environments.
///
///     let learner = try PPO(vector, PPOConfiguration.preset("zoo-cartpole"))
///     try learner.train(until: 100_000) { progress in
///         print(progress.step, progress.episodes.map(\.episodicReturn))
///         return true
///     }
///     let policy = try TrainedPolicy(learner.checkpoint())
public protocol Learner: AnyObject {
    associatedtype Configuration: LearnerConfiguration

    var configuration: Configuration { get }
    /// Steps the vector, and counts steps and episodes.
    var runner: EnvironmentRunner { get }
    /// Of all that the agent draws.
    var generator: PCG64 { get set }

    /// An agent at its beginning.
    ///
    /// - Parameter vector: not to be used by anybody else from now on.
    /// - Throws: ``LearningError`` for spaces that it cannot learn in and settings out of their ranges.
    init(_ vector: any ImmediateRows, _ configuration: Configuration) throws(LearningError)

    /// Trains until `steps` environment steps have been done, those of earlier calls and of a checkpoint included; a few more
    /// where the algorithm works in rounds.
    ///
    /// - Parameter progress: called after each round; false ends the training there.
    /// - Throws: ``LearningError`` when the environment cannot step.
    func train(until steps: Int, progress: (TrainingProgress) -> Bool) throws(LearningError)

    /// The arrays that going on and acting need.
    func tensors() -> [String: SafeTensors.Tensor]

    /// Takes over the arrays of a checkpoint.
    ///
    /// - Throws: ``LearningError`` for one that is missing or of another size.
    func restore(from checkpoint: Checkpoint) throws(LearningError)
}

extension Learner {
    public var algorithm: String { Configuration.algorithm }
    /// Environment steps done, over all sub-environments.
    public var stepCount: Int { runner.stepCount }
    /// Share of the whole run that is done; above 1 beyond it.
    public var share: Double { Double(stepCount) / Double(configuration.totalSteps) }

    /// Goes on where the agent of a checkpoint was.
    ///
    /// - Throws: ``LearningError`` when the checkpoint is of another algorithm or damaged, or the vector's spaces differ.
    public init(_ vector: any ImmediateRows, resuming checkpoint: Checkpoint) throws(LearningError) {
        try checkpoint.origin.check(vector)
        try self.init(vector, Configuration(checkpoint))
        try restore(from: checkpoint)
        runner.stepCount = checkpoint.origin.stepCount
        runner.episodeCount = checkpoint.origin.episodeCount
        beginAnew(seed: checkpoint.seed)
    }

    /// All that going on needs, and what the trained policy is.
    ///
    /// An environment's state cannot be saved. Therefore this ends the episodes under way and seeds the random numbers
    /// anew, here as in the agent that is made of the checkpoint: the two go on alike, bit for bit.
    public func checkpoint() -> Checkpoint {
        let seed = generator.next()
        beginAnew(seed: seed)
        return Checkpoint(of: runner, configuration, seed: seed, tensors: tensors())
    }

    private func beginAnew(seed: UInt64) {
        generator = PCG64(seed: Seed(seed))
        runner.beginAnew(seeds: (0..<runner.count).map { _ in Seed(generator.next()) })
    }
}

/// What a round of training came to.
public struct TrainingProgress: Sendable {
    /// Environment steps done.
    public let step: Int
    /// Episodes that ended in the round.
    public let episodes: [EpisodeEnd]
    /// By CleanRL's names, such as `losses/value_loss`; sorted by name.
    public let metrics: [Metric]

    /// A named number.
    public struct Metric: Sendable, Hashable {
        public let name: String
        public let value: Double

        public init(_ name: String, _ value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// - Parameters:
    ///   - runner: its steps are those done; episodes that ended are taken from it.
    ///   - metrics: by name.
    public init(_ runner: EnvironmentRunner, metrics: [String: Double]) {
        self.init(step: runner.stepCount, episodes: runner.takeEpisodes(), metrics: metrics)
    }

    init(step: Int, episodes: [EpisodeEnd], metrics: [String: Double]) {
        self.step = step
        self.episodes = episodes
        self.metrics = metrics.map { Metric($0.key, $0.value) }.sorted { $0.name < $1.name }
    }
}

extension TrainingProgress {
    /// Means of the results of the episodes that ended in the round, by name; none where none ended, or where the environment
    /// gives none.
    public var meanResults: [Metric] {
        var sums: [String: (sum: Double, count: Double)] = [:]
        for metric in episodes.flatMap(\.result) where metric.value.isFinite {
            let (sum, count) = sums[metric.name] ?? (0, 0)
            sums[metric.name] = (sum + metric.value, count + 1)
        }
        return sums.map { Metric($0.key, $0.value.sum / $0.value.count) }.sorted { $0.name < $1.name }
    }
}
