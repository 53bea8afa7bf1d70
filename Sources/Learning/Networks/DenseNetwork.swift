import CKernels

/// The shape of a fully connected network, and where its weights lie in a flat array of parameters.
///
/// A layer's weights are stored input by input, its outputs padded with zeros to whole groups of the kernels' lanes. The
/// zeros stay zeros in training, since their gradients are.
public struct DenseNetwork: Sendable, Hashable {
    /// What the hidden layers' outputs go through; the last layer's stay as they are.
    public enum Activation: String, Sendable, Hashable, Codable, CaseIterable {
        case tanh
        case relu
    }

    /// A layer: `outputs[o] = biases[o] + Σ inputs[i] · weights[i · stride + o]`.
    public struct Layer: Sendable, Hashable {
        public let inputs: Int
        public let outputs: Int
        /// Floats from one input's weights to the next: `outputs` and padding.
        public let stride: Int
        /// Where the weights begin, in floats from the network's first.
        public let weights: Int
        /// Where the biases begin; `stride` of them.
        public let biases: Int
    }

    public let layers: [Layer]
    public let activation: Activation
    /// Floats that the network takes, padding included.
    public let parameterCount: Int

    public var inputs: Int { layers[0].inputs }
    public var outputs: Int { layers[layers.count - 1].outputs }

    /// - Parameters:
    ///   - inputs: 1 or more.
    ///   - hidden: sizes of the hidden layers, each 1 or more; may be none.
    ///   - outputs: 1 or more.
    public init(inputs: Int, hidden: [Int], outputs: Int, activation: Activation) {
        let lanes = Int(CKERNELS_LANES)
        var layers: [Layer] = []
        var offset = 0
        var width = inputs
        for size in hidden + [outputs] {
            let stride = (size + lanes - 1) / lanes * lanes
            layers.append(
                Layer(inputs: width, outputs: size, stride: stride, weights: offset, biases: offset + width * stride))
            offset += (width + 1) * stride
            width = size
        }
        self.layers = layers
        self.activation = activation
        parameterCount = offset
    }

    /// Computes a batch of outputs.
    ///
    /// - Parameters:
    ///   - parameters: ``parameterCount`` floats.
    ///   - input: `rows` rows of ``inputs`` floats.
    ///   - workspace: made for this network and as many rows; keeps all layers' outputs for ``backward``.
    /// - Returns: rows that begin with ``outputs`` floats, in the workspace.
    @discardableResult
    public func forward(
        _ parameters: UnsafePointer<Float>, input: UnsafePointer<Float>, rows: Int, in workspace: NetworkWorkspace
    ) -> Rows<Float> {
        var source = input
        var sourceStride = inputs
        for (index, layer) in layers.enumerated() {
            let result = workspace.outputs[index].first
            ck_product(
                rows, layer.stride, layer.inputs, source, sourceStride, 1, parameters + layer.weights, layer.stride,
                parameters + layer.biases, result, layer.stride, finish(of: index), nil)
            source = UnsafePointer(result)
            sourceStride = layer.stride
        }
        return workspace.outputs[layers.count - 1]
    }

    /// Computes the parameters' gradients from those of the outputs, after ``forward`` of the same batch.
    ///
    /// - Parameters:
    ///   - workspace: its `outputGradients` are the loss's gradients by the outputs, the padding 0.
    ///   - gradients: ``parameterCount`` floats, overwritten.
    public func backward(
        _ parameters: UnsafePointer<Float>, input: UnsafePointer<Float>, rows: Int, in workspace: NetworkWorkspace,
        gradients: UnsafeMutablePointer<Float>
    ) {
        for index in layers.indices.reversed() {
            let layer = layers[index]
            let slopes = workspace.gradients[index].first
            let source = index == 0 ? input : UnsafePointer(workspace.outputs[index - 1].first)
            let sourceStride = index == 0 ? inputs : layers[index - 1].stride
            ck_product(
                layer.inputs, layer.stride, rows, source, 1, sourceStride, slopes, layer.stride, nil,
                gradients + layer.weights, layer.stride, Int32(CK_FINISH_PLAIN.rawValue), nil)
            ck_column_sums(rows, layer.stride, slopes, layer.stride, gradients + layer.biases)
            guard index > 0 else { return }
            let transposed = workspace.transposed[index].first
            ck_transpose(
                layer.inputs, layer.outputs, parameters + layer.weights, layer.stride, transposed, sourceStride)
            let finish = activation == .tanh ? CK_FINISH_TANH_GRADIENT : CK_FINISH_RELU_GRADIENT
            ck_product(
                rows, sourceStride, layer.outputs, slopes, layer.stride, 1, transposed, sourceStride, nil,
                workspace.gradients[index - 1].first, sourceStride, Int32(finish.rawValue), source)
        }
    }

    /// The outputs for one row of ``inputs`` floats, without a workspace.
    ///
    /// - Parameter parameters: ``parameterCount`` floats.
    public func outputs(_ parameters: [Float], for row: [Float]) -> [Float] {
        precondition(
            row.count == inputs && parameters.count == parameterCount,
            "\(row.count) inputs and \(parameters.count) parameters for \(inputs) and \(parameterCount)")
        var values = row
        for (index, layer) in layers.enumerated() {
            values = [Float](unsafeUninitializedCapacity: layer.stride) { result, count in
                parameters.withUnsafeBufferPointer { parameters in
                    guard let base = parameters.baseAddress else { return }
                    ck_product(
                        1, layer.stride, layer.inputs, values, layer.inputs, 1, base + layer.weights, layer.stride,
                        base + layer.biases, result.baseAddress, layer.stride, finish(of: index), nil)
                }
                count = layer.stride
            }
        }
        return Array(values.prefix(outputs))
    }

    private func finish(of index: Int) -> Int32 {
        guard index < layers.count - 1 else { return Int32(CK_FINISH_PLAIN.rawValue) }
        return Int32((activation == .tanh ? CK_FINISH_TANH : CK_FINISH_RELU).rawValue)
    }
}

/// What a network's passes are computed in: outputs and gradients of each layer, for batches up to a size.
public final class NetworkWorkspace {
    public let rows: Int
    /// Of each layer, as wide as its stride.
    let outputs: [Rows<Float>]
    /// The loss's gradients by each layer's sums; of the same forms.
    let gradients: [Rows<Float>]
    /// Each layer's weights output by output; the first needs none.
    let transposed: [Rows<Float>]

    /// - Parameter rows: of the largest batch, 1 or more.
    public init(_ network: DenseNetwork, rows: Int) {
        self.rows = rows
        outputs = network.layers.map { Rows(count: rows, width: $0.stride) }
        gradients = network.layers.map { Rows(count: rows, width: $0.stride) }
        transposed = network.layers.indices.map { index in
            Rows(count: index == 0 ? 0 : network.layers[index].outputs, width: network.layers[max(index, 1) - 1].stride)
        }
    }

    /// Where the loss's gradients by the network's outputs belong; the padding behind them stays 0.
    public var outputGradients: Rows<Float> { gradients[gradients.count - 1] }
}
