import Foundation
public import Randomness

extension DenseNetwork {
    /// Orthogonal weights (Saxe, McClelland and Ganguli, 2014) and zero biases, as PPO wants them (detail 2 of Huang et al.,
    /// "The 37 implementation details of PPO", 2022).
    ///
    /// - Parameters:
    ///   - gain: of the hidden layers.
    ///   - outputGain: of the last layer.
    public func initialiseOrthogonally(
        _ parameters: UnsafeMutablePointer<Float>, gain: Double, outputGain: Double, using generator: inout PCG64
    ) {
        let sampling = Sampling()
        for (index, layer) in layers.enumerated() {
            let gain = index == layers.count - 1 ? outputGain : gain
            clear(layer, of: parameters)
            sampling.writeOrthogonal(
                inputs: layer.inputs, outputs: layer.outputs, gain: gain, to: parameters + layer.weights,
                stride: layer.stride, using: &generator)
        }
    }

    /// Weights and biases uniform within ±1/√inputs: the default of PyTorch's linear layers, which the published settings of
    /// DQN were found with.
    public func initialiseUniformly(_ parameters: UnsafeMutablePointer<Float>, using generator: inout PCG64) {
        for layer in layers {
            let bound = 1 / Double(layer.inputs).squareRoot()
            clear(layer, of: parameters)
            for row in 0...layer.inputs {
                for output in 0..<layer.outputs {
                    // The biases follow the weights as one more row.
                    let value = bound * (2 * generator.nextDouble() - 1)
                    parameters[layer.weights + row * layer.stride + output] = Float(value)
                }
            }
        }
    }

    private func clear(_ layer: Layer, of parameters: UnsafeMutablePointer<Float>) {
        (parameters + layer.weights).update(repeating: 0, count: (layer.inputs + 1) * layer.stride)
    }
}

extension GatedRecurrentUnit {
    /// Orthogonal weights of each gate, by themselves, and zero biases.
    func initialiseOrthogonally(_ parameters: UnsafeMutablePointer<Float>, using generator: inout PCG64) {
        let sampling = Sampling()
        parameters.update(repeating: 0, count: parameterCount)
        for (first, count) in [(inputWeights, inputs), (stateWeights, units)] {
            for gate in 0..<3 {
                sampling.writeOrthogonal(
                    inputs: count, outputs: units, gain: 1, to: parameters + first + gate * stride, stride: gates,
                    using: &generator)
            }
        }
    }
}

extension Sampling {
    /// Writes a random matrix whose columns, or rows where those are fewer, are orthogonal and of the length `gain`.
    ///
    /// - Parameter stride: floats from one input's weights to the next.
    fileprivate func writeOrthogonal(
        inputs: Int, outputs: Int, gain: Double, to weights: UnsafeMutablePointer<Float>, stride: Int,
        using generator: inout PCG64
    ) {
        let isWide = outputs > inputs
        let columns = orthonormalColumns(min(inputs, outputs), of: max(inputs, outputs)) {
            normal(using: &generator)
        }
        for input in 0..<inputs {
            for output in 0..<outputs {
                let value = isWide ? columns[input][output] : columns[output][input]
                weights[input * stride + output] = Float(gain * value)
            }
        }
    }

    /// Columns of the orthogonal factor of a random matrix, by modified Gram-Schmidt; the factor whose triangular partner has a
    /// positive diagonal is uniform among all.
    private func orthonormalColumns(_ count: Int, of length: Int, normal: () -> Double) -> [[Double]] {
        var columns: [[Double]] = []
        while columns.count < count {
            var column = (0..<length).map { _ in normal() }
            // Twice, for what rounding leaves of the first time.
            for _ in 0..<2 {
                for other in columns {
                    let share = zip(column, other).reduce(0) { $0 + $1.0 * $1.1 }
                    for index in column.indices { column[index] -= share * other[index] }
                }
            }
            let norm = column.reduce(0) { $0 + $1 * $1 }.squareRoot()
            guard norm > 1e-9 else { continue }
            columns.append(column.map { $0 / norm })
        }
        return columns
    }
}
