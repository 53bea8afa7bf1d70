/// The hyper-parameters of algorithms whose policies are networks.
protocol NetworkConfiguration: LearnerConfiguration {
    var hidden: [Int] { get }
    var activation: DenseNetwork.Activation { get }
    /// Units of a memory; nil where there is none.
    var recurrentUnits: Int? { get }
}

extension NetworkConfiguration {
    /// One of the algorithm's networks.
    func network(inputs: Int, outputs: Int) -> RecurrentNetwork {
        RecurrentNetwork(
            inputs: inputs, units: recurrentUnits, hidden: hidden, outputs: outputs, activation: activation)
    }

    /// What one of a checkpoint's networks learnt.
    ///
    /// - Parameters:
    ///   - isNormalised: whether observations go through the checkpoint's normaliser first.
    ///   - deviations: as ``LearnedFunction`` has them.
    func learnedFunction(
        of name: String, in checkpoint: Checkpoint, isNormalised: Bool, deviations: [Float]? = nil
    ) throws(LearningError) -> LearnedFunction {
        let inputs = try ObservationReader(checkpoint.origin.observationSpace).width
        let head = PolicyHead(try ActionWriter(checkpoint.origin.actionSpace))
        let network = network(inputs: inputs, outputs: head.outputs)
        let parameters = FloatBuffer(count: network.parameterCount)
        try network.restore(name, from: checkpoint, to: parameters.pointer)
        let (dense, memory) = (network.dense, network.memory)
        let weights = Array(parameters.elements.prefix(dense.parameterCount))
        let memoryWeights = Array(parameters.elements.suffix(memory?.parameterCount ?? 0))
        var saved = RunningNormaliser(width: inputs)
        if isNormalised { try saved.restore("observations", from: checkpoint) }
        let normaliser = saved
        return LearnedFunction(deviations: deviations, memoryWidth: network.stateWidth) { row, state in
            var row = row
            if isNormalised { normaliser.normalise(&row, count: 1) }
            guard let memory else { return dense.outputs(weights, for: row) }
            state = memory.state(memoryWeights, after: row, from: state)
            return dense.outputs(weights, for: row + state.prefix(memory.units))
        }
    }
}
