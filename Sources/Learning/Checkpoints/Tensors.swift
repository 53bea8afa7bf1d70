extension DenseNetwork {
    /// The weights as `torch.nn.Sequential` names and shapes them: `NAME.0.weight` of (outputs, inputs), `NAME.0.bias`,
    /// `NAME.2.weight` and so on, activations counted too.
    func tensors(_ name: String, _ parameters: UnsafePointer<Float>) -> [String: SafeTensors.Tensor] {
        var tensors: [String: SafeTensors.Tensor] = [:]
        for (index, layer) in layers.enumerated() {
            var weights: [Float] = []
            weights.reserveCapacity(layer.inputs * layer.outputs)
            for output in 0..<layer.outputs {
                for input in 0..<layer.inputs {
                    weights.append(parameters[layer.weights + input * layer.stride + output])
                }
            }
            tensors["\(name).\(2 * index).weight"] = SafeTensors.Tensor(weights, shape: [layer.outputs, layer.inputs])
            tensors["\(name).\(2 * index).bias"] = SafeTensors.Tensor(
                (0..<layer.outputs).map { parameters[layer.biases + $0] })
        }
        return tensors
    }

    /// Reads the weights that ``tensors(_:_:)`` gave.
    func restore(_ name: String, from checkpoint: Checkpoint, to parameters: UnsafeMutablePointer<Float>)
        throws(LearningError)
    {
        for (index, layer) in layers.enumerated() {
            let weights = try checkpoint.floats("\(name).\(2 * index).weight", count: layer.outputs * layer.inputs)
            let biases = try checkpoint.floats("\(name).\(2 * index).bias", count: layer.outputs)
            for output in 0..<layer.outputs {
                for input in 0..<layer.inputs {
                    parameters[layer.weights + input * layer.stride + output] = weights[output * layer.inputs + input]
                }
                parameters[layer.biases + output] = biases[output]
            }
        }
    }
}

extension GatedRecurrentUnit {
    /// The weights as `torch.nn.GRU` names and shapes them: `NAME.weight_ih_l0` of (3 · units, inputs), `NAME.weight_hh_l0`
    /// of (3 · units, units), `NAME.bias_ih_l0` and `NAME.bias_hh_l0`; rows of r, of z, of n.
    func tensors(_ name: String, _ parameters: UnsafePointer<Float>) -> [String: SafeTensors.Tensor] {
        var tensors: [String: SafeTensors.Tensor] = [:]
        for (part, first, inputs) in parts {
            var weights: [Float] = []
            weights.reserveCapacity(3 * units * inputs)
            for column in columns {
                for input in 0..<inputs { weights.append(parameters[first + input * gates + column]) }
            }
            tensors["\(name).weight_\(part)_l0"] = SafeTensors.Tensor(weights, shape: [3 * units, inputs])
            tensors["\(name).bias_\(part)_l0"] = SafeTensors.Tensor(
                columns.map { parameters[first + inputs * gates + $0] })
        }
        return tensors
    }

    /// Reads the weights that ``tensors(_:_:)`` gave.
    func restore(_ name: String, from checkpoint: Checkpoint, to parameters: UnsafeMutablePointer<Float>)
        throws(LearningError)
    {
        for (part, first, inputs) in parts {
            let weights = try checkpoint.floats("\(name).weight_\(part)_l0", count: 3 * units * inputs)
            let biases = try checkpoint.floats("\(name).bias_\(part)_l0", count: 3 * units)
            for (row, column) in columns.enumerated() {
                for input in 0..<inputs {
                    parameters[first + input * gates + column] = weights[row * inputs + input]
                }
                parameters[first + inputs * gates + column] = biases[row]
            }
        }
    }

    /// Names, beginnings and inputs of the weights of inputs and of states.
    private var parts: [(name: String, first: Int, inputs: Int)] {
        [("ih", inputWeights, inputs), ("hh", stateWeights, units)]
    }

    /// Where each unit of each gate is in a row.
    private var columns: [Int] { (0..<3).flatMap { gate in (0..<units).map { gate * stride + $0 } } }
}

extension RecurrentNetwork {
    /// The dense network's arrays, and those of a memory with the name `NAME_memory`.
    func tensors(_ name: String, _ parameters: UnsafePointer<Float>) -> [String: SafeTensors.Tensor] {
        SafeTensors.joined(
            dense.tensors(name, parameters),
            memory?.tensors("\(name)_memory", parameters + dense.parameterCount) ?? [:])
    }

    /// Reads the weights that ``tensors(_:_:)`` gave.
    func restore(_ name: String, from checkpoint: Checkpoint, to parameters: UnsafeMutablePointer<Float>)
        throws(LearningError)
    {
        try dense.restore(name, from: checkpoint, to: parameters)
        try memory?.restore("\(name)_memory", from: checkpoint, to: parameters + dense.parameterCount)
    }
}

extension Adam {
    /// Moments in the order of the parameters in memory, and the number of steps.
    func tensors() -> [String: SafeTensors.Tensor] {
        [
            "optimiser.means": SafeTensors.Tensor(means.elements),
            "optimiser.squares": SafeTensors.Tensor(squares.elements),
            "optimiser.steps": SafeTensors.Tensor([Double(stepCount)]),
        ]
    }

    func restore(from checkpoint: Checkpoint) throws(LearningError) {
        means.elements = try checkpoint.floats("optimiser.means", count: means.count)
        squares.elements = try checkpoint.floats("optimiser.squares", count: squares.count)
        let steps = try checkpoint.doubles("optimiser.steps", count: 1)[0]
        guard let steps = Int(exactly: steps), steps >= 0 else {
            throw LearningError(.checkpoint, "the checkpoint's optimiser.steps is \(steps), expected a whole number")
        }
        stepCount = steps
    }
}

extension RunningNormaliser {
    func tensors(_ name: String) -> [String: SafeTensors.Tensor] {
        [
            "\(name).mean": SafeTensors.Tensor(means), "\(name).variance": SafeTensors.Tensor(variances),
            "\(name).count": SafeTensors.Tensor([count]),
        ]
    }

    mutating func restore(_ name: String, from checkpoint: Checkpoint) throws(LearningError) {
        means = try checkpoint.doubles("\(name).mean", count: means.count)
        variances = try checkpoint.doubles("\(name).variance", count: variances.count)
        count = try checkpoint.doubles("\(name).count", count: 1)[0]
    }
}
