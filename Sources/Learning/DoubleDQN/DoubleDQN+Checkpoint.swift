public import Gymnasium
import Randomness

extension DoubleDQN {
    /// Goes on where the agent of a checkpoint was, its replay storage included.
    ///
    /// - Throws: ``LearningError`` when the checkpoint is of another algorithm or damaged, or the vector's spaces differ.
    public convenience init(_ vector: any ImmediateRows, resuming checkpoint: Checkpoint) throws(LearningError) {
        try checkpoint.check(vector)
        try self.init(vector, try checkpoint.configuration(DoubleDQNConfiguration.self, of: "double-dqn"))
        try network.restore("network", from: checkpoint, to: parameters.pointer)
        try network.restore("target", from: checkpoint, to: targets.pointer)
        try optimiser.restore(from: checkpoint)
        try replay.restore(from: checkpoint, actionCount: actionCount)
        runner.stepCount = checkpoint.origin.stepCount
        episodeCount = checkpoint.origin.episodeCount
        beginAnew(seed: checkpoint.seed)
    }

    public func checkpoint() -> Checkpoint {
        episodeCount += runner.takeEpisodes().count
        let seed = generator.next()
        beginAnew(seed: seed)
        var tensors = network.tensors("network", parameters.pointer)
        tensors.merge(network.tensors("target", targets.pointer)) { first, _ in first }
        if let scaling { tensors.merge(scaling.tensors("observations")) { first, _ in first } }
        tensors.merge(optimiser.tensors()) { first, _ in first }
        tensors.merge(replay.tensors()) { first, _ in first }
        return Checkpoint(
            of: runner.vector, algorithm: algorithm, configuration: configuration, stepCount: stepCount,
            episodeCount: episodeCount, seed: seed, tensors: tensors)
    }

    private func beginAnew(seed: UInt64) {
        generator = PCG64(seed: Seed(seed))
        firstSeeds = (0..<runner.count).map { _ in Seed(generator.next()) }
    }
}
