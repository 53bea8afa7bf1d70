import CKernels
public import Randomness

/// A dense network that sees an observation and what a layer of gated recurrent units remembers of the episode, that
/// observation included; or the dense network alone.
///
/// The dense network's inputs are the observation's, then the memory's. Its parameters come first, then the memory's.
public struct RecurrentNetwork: Sendable, Hashable {
    public let dense: DenseNetwork
    /// nil where nothing is remembered.
    public let memory: GatedRecurrentUnit?

    public var inputs: Int { dense.inputs - (memory?.units ?? 0) }
    public var outputs: Int { dense.outputs }
    /// Floats that the network takes, padding included.
    public var parameterCount: Int { dense.parameterCount + (memory?.parameterCount ?? 0) }
    /// Floats of what is remembered; 0 where nothing is.
    public var stateWidth: Int { memory?.stride ?? 0 }

    /// - Parameters:
    ///   - inputs: of an observation, 1 or more.
    ///   - units: of the memory, 1 or more; nil: none.
    ///   - hidden: sizes of the dense network's hidden layers, each 1 or more; may be none.
    ///   - outputs: 1 or more.
    public init(inputs: Int, units: Int?, hidden: [Int], outputs: Int, activation: DenseNetwork.Activation) {
        memory = units.map { GatedRecurrentUnit(inputs: inputs, units: $0) }
        dense = DenseNetwork(
            inputs: inputs + (units ?? 0), hidden: hidden, outputs: outputs, activation: activation)
    }

    /// Orthogonal weights and zero biases; the memory's gates have a gain of 1.
    ///
    /// - Parameters:
    ///   - gain: of the dense network's hidden layers.
    ///   - outputGain: of the last layer.
    public func initialiseOrthogonally(
        _ parameters: UnsafeMutablePointer<Float>, gain: Double, outputGain: Double, using generator: inout PCG64
    ) {
        dense.initialiseOrthogonally(parameters, gain: gain, outputGain: outputGain, using: &generator)
        memory?.initialiseOrthogonally(parameters + dense.parameterCount, using: &generator)
    }

    /// Computes a batch of outputs.
    ///
    /// - Parameters:
    ///   - input: rows of ``inputs`` floats.
    ///   - sequences: which rows follow each other; states are not read where there is no memory.
    ///   - workspace: made for this network and as many rows; keeps what ``backward`` needs.
    /// - Returns: rows that begin with ``outputs`` floats, in the workspace.
    func forward(
        _ parameters: UnsafePointer<Float>, input: UnsafePointer<Float>, _ sequences: Sequences,
        in workspace: RecurrentWorkspace
    ) -> Rows<Float> {
        guard let memory, let inner = workspace.memory else {
            return dense.forward(parameters, input: input, rows: sequences.rows, in: workspace.dense)
        }
        let states = memory.forward(parameters + dense.parameterCount, input: input, sequences, in: inner)
        for row in 0..<sequences.rows {
            let joint = workspace.joint[row]
            joint.update(from: input + row * inputs, count: inputs)
            (joint + inputs).update(from: states[row], count: memory.units)
        }
        return dense.forward(parameters, input: workspace.joint.first, rows: sequences.rows, in: workspace.dense)
    }

    /// Computes the parameters' gradients from those of the outputs, after ``forward`` of the same batch.
    ///
    /// - Parameters:
    ///   - workspace: its `outputGradients` are the loss's gradients by the outputs, the padding 0.
    ///   - gradients: ``parameterCount`` floats, overwritten.
    func backward(
        _ parameters: UnsafePointer<Float>, input: UnsafePointer<Float>, _ sequences: Sequences,
        in workspace: RecurrentWorkspace, gradients: UnsafeMutablePointer<Float>
    ) {
        let rows = sequences.rows
        guard let memory, let inner = workspace.memory else {
            dense.backward(parameters, input: input, rows: rows, in: workspace.dense, gradients: gradients)
            return
        }
        dense.backward(
            parameters, input: workspace.joint.first, rows: rows, in: workspace.dense, gradients: gradients)
        let layer = dense.layers[0]
        ck_transpose(
            memory.units, layer.outputs, parameters + layer.weights + inputs * layer.stride, layer.stride,
            workspace.transposed.first, memory.stride)
        ck_product(
            rows, memory.stride, layer.outputs, workspace.dense.gradients[0].first, layer.stride, 1,
            workspace.transposed.first, memory.stride, nil, inner.slopes.first, memory.stride,
            Int32(CK_FINISH_PLAIN.rawValue), nil)
        memory.backward(
            parameters + dense.parameterCount, input: input, sequences, in: inner,
            gradients: gradients + dense.parameterCount)
    }
}

/// What such a network's passes are computed in, for batches up to a size.
final class RecurrentWorkspace {
    let rows: Int
    let dense: NetworkWorkspace
    let memory: MemoryWorkspace?
    /// Observations, each with what is remembered.
    let joint: Rows<Float>
    /// The first layer's weights of what is remembered, output by output.
    let transposed: Rows<Float>

    /// - Parameter rows: of the largest batch, 1 or more.
    init(_ network: RecurrentNetwork, rows: Int) {
        self.rows = rows
        dense = NetworkWorkspace(network.dense, rows: rows)
        memory = network.memory.map { MemoryWorkspace($0, rows: rows) }
        joint = Rows(count: memory == nil ? 0 : rows, width: network.dense.inputs)
        transposed = Rows(count: memory == nil ? 0 : network.dense.layers[0].outputs, width: network.stateWidth)
    }

    /// Where the loss's gradients by the network's outputs belong; the padding behind them stays 0.
    var outputGradients: Rows<Float> { dense.outputGradients }
}
