/// An agent that learns from a vector of environments.
public protocol Learner: AnyObject {
    /// The algorithm's name in checkpoints: `ppo`, `double-dqn`, `sarsa`.
    var algorithm: String { get }
    /// Environment steps done, over all sub-environments.
    var stepCount: Int { get }

    /// Trains until `steps` environment steps have been done, those of earlier calls and of a checkpoint included; a few more
    /// where the algorithm works in rounds.
    ///
    /// - Parameter progress: called after each round; false ends the training there.
    /// - Throws: ``LearningError`` when the environment cannot step.
    func train(until steps: Int, progress: (TrainingProgress) -> Bool) throws(LearningError)

    /// All that going on needs, and what the trained policy is.
    ///
    /// An environment's state cannot be saved. Therefore this ends the episodes under way and seeds the random numbers
    /// anew, here as in the agent that is made of the checkpoint: the two go on alike, bit for bit.
    func checkpoint() -> Checkpoint
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
