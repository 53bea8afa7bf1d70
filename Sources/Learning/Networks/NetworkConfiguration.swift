/// The hyper-parameters of algorithms whose policies are networks.
protocol NetworkConfiguration: LearnerConfiguration {
    var hidden: [Int] { get }
    var activation: DenseNetwork.Activation { get }
}

extension NetworkConfiguration {
    /// The outputs of one of a checkpoint's networks.
    ///
    /// - Parameter isNormalised: whether observations go through the checkpoint's normaliser first.
    func outputs(
        of name: String, in checkpoint: Checkpoint, isNormalised: Bool
    ) throws(LearningError) -> @Sendable ([Float]) -> [Float] {
        let inputs = try ObservationReader(checkpoint.origin.observationSpace).width
        let head = PolicyHead(try ActionWriter(checkpoint.origin.actionSpace))
        let network = DenseNetwork(inputs: inputs, hidden: hidden, outputs: head.outputs, activation: activation)
        let parameters = FloatBuffer(count: network.parameterCount)
        try network.restore(name, from: checkpoint, to: parameters.pointer)
        let weights = parameters.elements
        guard isNormalised else { return { network.outputs(weights, for: $0) } }
        var saved = RunningNormaliser(width: inputs)
        try saved.restore("observations", from: checkpoint)
        let normaliser = saved
        return { row in
            var row = row
            normaliser.normalise(&row, count: 1)
            return network.outputs(weights, for: row)
        }
    }
}
