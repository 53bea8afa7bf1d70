import Foundation
import Randomness
import Testing

@testable import Learning

@Suite struct DenseNetworkTests {
    /// The outputs in double precision by three loops, straight from the definition of a layer.
    private func reference(_ network: DenseNetwork, _ parameters: [Double], _ input: [Double]) -> [Double] {
        var values = input
        for (index, layer) in network.layers.enumerated() {
            values = (0..<layer.outputs).map { output in
                var sum = parameters[layer.biases + output]
                for (input, value) in values.enumerated() {
                    sum += value * parameters[layer.weights + input * layer.stride + output]
                }
                guard index < network.layers.count - 1 else { return sum }
                return network.activation == .tanh ? tanh(sum) : max(sum, 0)
            }
        }
        return values
    }

    @Test(
        "Outputs are those of the definition, and gradients those of central differences in double precision",
        arguments: DenseNetwork.Activation.allCases, [[], [5], [9, 16], [3, 8, 4]])
    func gradients(activation: DenseNetwork.Activation, hidden: [Int]) {
        let network = DenseNetwork(inputs: 3, hidden: hidden, outputs: 2, activation: activation)
        var generator = PCG64(seed: Seed(5))
        let parameters = FloatBuffer(count: network.parameterCount)
        network.initialiseUniformly(parameters.pointer, using: &generator)
        let rows = 7
        let inputs = (0..<rows * 3).map { _ in Float(2 * generator.nextDouble() - 1) }
        let slopes = (0..<rows * 2).map { _ in Float(2 * generator.nextDouble() - 1) }
        let workspace = NetworkWorkspace(network, rows: rows)
        let outputs = network.forward(parameters.pointer, input: inputs, rows: rows, in: workspace)

        // The loss is Σ slope · output, so that the slopes are its gradients by the outputs.
        func loss(_ parameters: [Double]) -> Double {
            (0..<rows).reduce(0) { sum, row in
                let outputs = reference(network, parameters, inputs[3 * row..<3 * row + 3].map(Double.init))
                return sum + outputs[0] * Double(slopes[2 * row]) + outputs[1] * Double(slopes[2 * row + 1])
            }
        }
        let exact = parameters.elements.map(Double.init)
        for row in 0..<rows {
            let expected = reference(network, exact, inputs[3 * row..<3 * row + 3].map(Double.init))
            for (index, value) in expected.enumerated() {
                #expect(abs(value - Double(outputs[row][index])) < 1e-5)
            }
            workspace.outputGradients[row][0] = slopes[2 * row]
            workspace.outputGradients[row][1] = slopes[2 * row + 1]
        }
        let gradients = FloatBuffer(count: network.parameterCount)
        network.backward(
            parameters.pointer, input: inputs, rows: rows, in: workspace, gradients: gradients.pointer)
        for layer in network.layers {
            for row in 0...layer.inputs {
                for output in 0..<layer.stride {
                    let index = layer.weights + row * layer.stride + output
                    guard output < layer.outputs else {
                        #expect(gradients[index] == 0 && parameters[index] == 0, "padding is touched")
                        continue
                    }
                    var up = exact
                    var down = exact
                    up[index] += 1e-5
                    down[index] -= 1e-5
                    let slope = (loss(up) - loss(down)) / 2e-5
                    #expect(abs(slope - Double(gradients[index])) < 2e-4, "parameter \(index)")
                }
            }
        }
    }

    @Test("A row's outputs don't depend on the rows beside it")
    func rows() {
        let network = DenseNetwork(inputs: 4, hidden: [64, 64], outputs: 3, activation: .tanh)
        var generator = PCG64(seed: Seed(6))
        let parameters = FloatBuffer(count: network.parameterCount)
        network.initialiseOrthogonally(parameters.pointer, gain: 1.4, outputGain: 1, using: &generator)
        let inputs = (0..<13 * 4).map { _ in Float(2 * generator.nextDouble() - 1) }
        let all = NetworkWorkspace(network, rows: 13)
        let outputs = network.forward(parameters.pointer, input: inputs, rows: 13, in: all)
        for row in 0..<13 {
            let single = network.outputs(parameters.elements, for: Array(inputs[4 * row..<4 * row + 4]))
            for index in 0..<3 { #expect(single[index] == outputs[row][index]) }
        }
    }
}
