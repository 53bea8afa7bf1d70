import Foundation
import Randomness
import Testing

@testable import Learning

@Suite struct GatedRecurrentUnitTests {
    /// Sequences side by side with all that a pass over them needs.
    private struct Case {
        let layer: GatedRecurrentUnit
        let steps: Int
        let count: Int
        let parameters: FloatBuffer
        let inputs: [Float]
        let start: [Float]
        let begins: [Bool]
        /// The loss is Σ slope · state.
        let slopes: [Float]
        let workspace: MemoryWorkspace

        var rows: Int { steps * count }

        init(inputs: Int, units: Int, steps: Int, count: Int, seed: UInt64) {
            let layer = GatedRecurrentUnit(inputs: inputs, units: units)
            var generator = PCG64(seed: Seed(seed))
            func random(_ count: Int) -> [Float] { (0..<count).map { _ in Float(2 * generator.nextDouble() - 1) } }
            self.layer = layer
            (self.steps, self.count) = (steps, count)
            parameters = FloatBuffer(count: layer.parameterCount)
            for index in Case.weights(of: layer) { parameters[index] = random(1)[0] }
            self.inputs = random(steps * count * inputs)
            slopes = random(steps * count * layer.stride).enumerated().map { $0 % layer.stride < units ? $1 : 0 }
            start = random(count * layer.stride).enumerated().map { $0 % layer.stride < units ? $1 : 0 }
            begins = (0..<steps * count).map { _ in generator.nextDouble() < 0.2 }
            workspace = MemoryWorkspace(layer, rows: steps * count)
        }

        /// Where parameters are that are no padding.
        static func weights(of layer: GatedRecurrentUnit) -> [Int] {
            (0..<layer.parameterCount).filter { $0 % layer.stride < layer.units }
        }

        func withSequences(_ body: (Sequences) -> Void) {
            start.withUnsafeBufferPointer { start in
                begins.withUnsafeBufferPointer { begins in
                    guard let start = start.baseAddress, let begins = begins.baseAddress else { return }
                    body(Sequences(steps: steps, count: count, states: start, begins: begins))
                }
            }
        }

        func forward() -> Rows<Float> {
            withSequences { layer.forward(parameters.pointer, input: inputs, $0, in: workspace) }
            return workspace.states
        }

        /// All states in double precision, straight from the definition of torch.nn.GRU.
        func reference(_ parameters: [Double]) -> [[Double]] {
            func sigma(_ value: Double) -> Double { 1 / (1 + exp(-value)) }
            let (units, stride, gates) = (layer.units, layer.stride, 3 * layer.stride)
            func sum(_ values: [Double], _ first: Int, _ gate: Int, _ unit: Int) -> Double {
                let column = gate * stride + unit
                return values.enumerated().reduce(parameters[first + values.count * gates + column]) {
                    $0 + $1.element * parameters[first + $1.offset * gates + column]
                }
            }
            var states = (0..<count).map { index in (0..<units).map { Double(start[index * stride + $0]) } }
            var all: [[Double]] = []
            for row in 0..<rows {
                let input = inputs[row * layer.inputs..<(row + 1) * layer.inputs].map(Double.init)
                let before = begins[row] ? Array(repeating: 0, count: units) : states[row % count]
                let states2 = (0..<units).map { unit in
                    let hidden = layer.stateWeights
                    let reset = sigma(sum(input, 0, 0, unit) + sum(before, hidden, 0, unit))
                    let update = sigma(sum(input, 0, 1, unit) + sum(before, hidden, 1, unit))
                    let candidate = tanh(sum(input, 0, 2, unit) + reset * sum(before, hidden, 2, unit))
                    return (1 - update) * candidate + update * before[unit]
                }
                states[row % count] = states2
                all.append(states2)
            }
            return all
        }

        func loss(_ parameters: [Double]) -> Double {
            reference(parameters).enumerated().reduce(0) { sum, row in
                row.element.enumerated().reduce(sum) {
                    $0 + $1.element * Double(slopes[row.offset * layer.stride + $1.offset])
                }
            }
        }
    }

    @Test(
        "States are those of the definition, and gradients those of central differences in double precision",
        arguments: [(3, 5, 7, 2), (1, 8, 4, 9), (9, 11, 1, 3), (2, 1, 12, 1)])
    func gradients(inputs: Int, units: Int, steps: Int, count: Int) {
        let one = Case(inputs: inputs, units: units, steps: steps, count: count, seed: 3)
        let (layer, stride) = (one.layer, one.layer.stride)
        let states = one.forward()
        let exact = one.parameters.elements.map(Double.init)
        for (row, expected) in one.reference(exact).enumerated() {
            for unit in 0..<stride {
                let value = unit < units ? expected[unit] : 0
                #expect(abs(Double(states[row][unit]) - value) < 5e-6, "row \(row), unit \(unit)")
            }
        }

        one.workspace.slopes.first.update(from: one.slopes, count: one.slopes.count)
        let gradients = FloatBuffer(count: layer.parameterCount)
        one.withSequences {
            layer.backward(
                one.parameters.pointer, input: one.inputs, $0, in: one.workspace, gradients: gradients.pointer)
        }
        let weights = Set(Case.weights(of: layer))
        for index in 0..<layer.parameterCount {
            guard weights.contains(index) else {
                #expect(gradients[index] == 0, "padding \(index) has a gradient")
                continue
            }
            var (up, down) = (exact, exact)
            up[index] += 1e-5
            down[index] -= 1e-5
            let slope = (one.loss(up) - one.loss(down)) / 2e-5
            #expect(abs(slope - Double(gradients[index])) < 3e-4, "parameter \(index)")
        }
    }

    @Test(
        "A sequence's states don't depend on those beside it, nor on whether it is gone through in one go, to the last bit"
    )
    func rows() {
        let one = Case(inputs: 4, units: 13, steps: 6, count: 7, seed: 4)
        let (layer, stride) = (one.layer, one.layer.stride)
        let states = one.forward()
        let parameters = one.parameters.elements
        for index in 0..<one.count {
            var state = Array(one.start[index * stride..<(index + 1) * stride])
            for step in 0..<one.steps {
                let row = step * one.count + index
                if one.begins[row] { state = Array(repeating: 0, count: stride) }
                let input = Array(one.inputs[row * layer.inputs..<(row + 1) * layer.inputs])
                state = layer.state(parameters, after: input, from: state)
                #expect(state == Array(UnsafeBufferPointer(start: states[row], count: stride)), "row \(row)")
            }
        }
    }

    @Test("Orthogonal weights: rows or columns of each gate are of length 1 and orthogonal, biases and padding 0")
    func initialisation() {
        let layer = GatedRecurrentUnit(inputs: 3, units: 6)
        let parameters = FloatBuffer(count: layer.parameterCount)
        var generator = PCG64(seed: Seed(5))
        layer.initialiseOrthogonally(parameters.pointer, using: &generator)
        for (first, inputs) in [(0, 3), (layer.stateWeights, 6)] {
            for gate in 0..<3 {
                let rows = (0..<inputs).map { input in
                    (0..<6).map { Double(parameters[first + input * 24 + gate * 8 + $0]) }
                }
                for one in 0..<inputs {
                    for other in 0..<inputs {
                        let product = zip(rows[one], rows[other]).reduce(0) { $0 + $1.0 * $1.1 }
                        #expect(abs(product - (one == other ? 1 : 0)) < 1e-6)
                    }
                }
            }
            #expect((0..<24).allSatisfy { parameters[first + inputs * 24 + $0] == 0 })
        }
        #expect((0..<layer.parameterCount).allSatisfy { $0 % 8 < 6 || parameters[$0] == 0 })
    }
}
