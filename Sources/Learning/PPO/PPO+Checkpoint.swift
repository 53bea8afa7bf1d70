public import Gymnasium
import Randomness

extension PPO {
    /// Goes on where the agent of a checkpoint was.
    ///
    /// - Throws: ``LearningError`` when the checkpoint is of another algorithm or damaged, or the vector's spaces differ.
    public convenience init(_ vector: any ImmediateRows, resuming checkpoint: Checkpoint) throws(LearningError) {
        try checkpoint.check(vector)
        try self.init(vector, try checkpoint.configuration(PPOConfiguration.self, of: "ppo"))
        try policy.restore("policy", from: checkpoint, to: parameters.pointer)
        try critic.restore("critic", from: checkpoint, to: criticParameters)
        let logs = try checkpoint.floats("log_deviations", count: head.deviationCount)
        for (index, log) in logs.enumerated() { deviations[index] = log }
        try optimiser.restore(from: checkpoint)
        try observationNormaliser.restore("observations", from: checkpoint)
        try rewardNormaliser.restore("rewards", from: checkpoint)
        runner.stepCount = checkpoint.origin.stepCount
        episodeCount = checkpoint.origin.episodeCount
        beginAnew(seed: checkpoint.seed)
    }

    public func checkpoint() -> Checkpoint {
        let seed = generator.next()
        beginAnew(seed: seed)
        var tensors = policy.tensors("policy", parameters.pointer)
        tensors.merge(critic.tensors("critic", criticParameters)) { first, _ in first }
        tensors.merge(optimiser.tensors()) { first, _ in first }
        tensors.merge(observationNormaliser.tensors("observations")) { first, _ in first }
        tensors.merge(rewardNormaliser.tensors("rewards")) { first, _ in first }
        tensors["log_deviations"] = SafeTensors.Tensor((0..<head.deviationCount).map { deviations[$0] })
        return Checkpoint(
            of: runner.vector, algorithm: algorithm, configuration: configuration, stepCount: stepCount,
            episodeCount: episodeCount, seed: seed, tensors: tensors)
    }

    private func beginAnew(seed: UInt64) {
        generator = PCG64(seed: Seed(seed))
        firstSeeds = (0..<runner.count).map { _ in Seed(generator.next()) }
    }
}
