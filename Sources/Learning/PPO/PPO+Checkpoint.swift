extension PPO {
    public func tensors() -> [String: SafeTensors.Tensor] {
        SafeTensors.joined(
            policy.tensors("policy", parameters.pointer), critic.tensors("critic", criticParameters),
            optimiser.tensors(), observationNormaliser.tensors("observations"), rewardNormaliser.tensors("rewards"),
            ["log_deviations": SafeTensors.Tensor((0..<head.deviationCount).map { deviations[$0] })])
    }

    public func restore(from checkpoint: Checkpoint) throws(LearningError) {
        try policy.restore("policy", from: checkpoint, to: parameters.pointer)
        try critic.restore("critic", from: checkpoint, to: criticParameters)
        let logs = try checkpoint.floats("log_deviations", count: head.deviationCount)
        for (index, log) in logs.enumerated() { deviations[index] = log }
        try optimiser.restore(from: checkpoint)
        try observationNormaliser.restore("observations", from: checkpoint)
        try rewardNormaliser.restore("rewards", from: checkpoint)
    }
}
