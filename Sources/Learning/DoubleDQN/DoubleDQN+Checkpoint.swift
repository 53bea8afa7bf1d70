extension DoubleDQN {
    /// The replay storage is among them.
    public func tensors() -> [String: SafeTensors.Tensor] {
        SafeTensors.joined(
            network.tensors("network", parameters.pointer), network.tensors("target", targets.pointer),
            scaling?.tensors("observations") ?? [:], optimiser.tensors(), replay.tensors())
    }

    public func restore(from checkpoint: Checkpoint) throws(LearningError) {
        try network.restore("network", from: checkpoint, to: parameters.pointer)
        try network.restore("target", from: checkpoint, to: targets.pointer)
        try optimiser.restore(from: checkpoint)
        try replay.restore(from: checkpoint, actionCount: actionCount)
    }
}
