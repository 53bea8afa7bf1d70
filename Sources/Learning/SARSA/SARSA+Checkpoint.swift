public import Gymnasium
import Randomness

extension SARSA {
    /// Goes on where the agent of a checkpoint was.
    ///
    /// - Throws: ``LearningError`` when the checkpoint is of another algorithm or damaged, or the vector's spaces differ.
    public convenience init(_ vector: any ImmediateRows, resuming checkpoint: Checkpoint) throws(LearningError) {
        try checkpoint.check(vector)
        try self.init(vector, try checkpoint.configuration(SARSAConfiguration.self, of: "sarsa"))
        weights = try checkpoint.floats("weights", count: weights.count)
        runner.stepCount = checkpoint.origin.stepCount
        episodeCount = checkpoint.origin.episodeCount
        beginAnew(seed: checkpoint.seed)
    }

    public func checkpoint() -> Checkpoint {
        episodeCount += runner.takeEpisodes().count
        let seed = generator.next()
        beginAnew(seed: seed)
        return Checkpoint(
            of: runner.vector, algorithm: algorithm, configuration: configuration, stepCount: stepCount,
            episodeCount: episodeCount, seed: seed,
            tensors: ["weights": SafeTensors.Tensor(weights, shape: [features.count, actionCount])])
    }

    private func beginAnew(seed: UInt64) {
        generator = PCG64(seed: Seed(seed))
        firstSeeds = (0..<runner.count).map { _ in Seed(generator.next()) }
    }
}
