import CKernels

/// The shape of a layer of gated recurrent units (Cho et al., 2014), and where its weights lie in a flat array of parameters.
///
/// Of an input x and the state h, in the form of `torch.nn.GRU`:
///
///     r = σ(W_ir x + b_ir + W_hr h + b_hr)
///     z = σ(W_iz x + b_iz + W_hz h + b_hz)
///     n = tanh(W_in x + b_in + r ⊙ (W_hn h + b_hn))
///     h = n + z ⊙ (h − n)
///
/// Weights are stored input by input: those of r, of z and of n, each padded with zeros to whole groups of the kernels' lanes.
/// The zeros stay zeros, and so do the states' padding.
public struct GatedRecurrentUnit: Sendable, Hashable {
    public let inputs: Int
    public let units: Int
    /// Floats of a state: ``units`` and padding.
    public let stride: Int
    /// Where the weights of the inputs begin: ``inputs`` rows of three strides, and a row of biases.
    let inputWeights = 0
    /// Where the weights of the state begin: ``units`` rows of three strides, and a row of biases.
    let stateWeights: Int
    /// Floats that the layer takes, padding included.
    public let parameterCount: Int

    /// Floats of a row of all three gates.
    var gates: Int { 3 * stride }
    var inputBiases: Int { inputs * gates }
    var stateBiases: Int { stateWeights + units * gates }

    /// - Parameters:
    ///   - inputs: 1 or more.
    ///   - units: 1 or more.
    public init(inputs: Int, units: Int) {
        let lanes = Int(CKERNELS_LANES)
        self.inputs = inputs
        self.units = units
        stride = (units + lanes - 1) / lanes * lanes
        stateWeights = (inputs + 1) * 3 * stride
        parameterCount = (inputs + units + 2) * 3 * stride
    }

    /// Goes through sequences side by side, step by step.
    ///
    /// - Parameters:
    ///   - parameters: ``parameterCount`` floats.
    ///   - input: rows of ``inputs`` floats, one for each of the sequences' rows.
    ///   - workspace: made for this layer and as many rows; keeps what ``backward`` needs.
    /// - Returns: the states after each row, of ``stride`` floats, in the workspace.
    @discardableResult
    func forward(
        _ parameters: UnsafePointer<Float>, input: UnsafePointer<Float>, _ sequences: Sequences,
        in workspace: MemoryWorkspace
    ) -> Rows<Float> {
        let count = sequences.count
        let plain = Int32(CK_FINISH_PLAIN.rawValue)
        ck_product(
            sequences.rows, gates, inputs, input, inputs, 1, parameters + inputWeights, gates, parameters + inputBiases,
            workspace.gates.first, gates, plain, nil)
        var before = sequences.states
        for first in Swift.stride(from: 0, to: sequences.rows, by: count) {
            for index in 0..<count {
                let previous = workspace.previous[first + index]
                if sequences.begins[first + index] {
                    previous.update(repeating: 0, count: stride)
                } else {
                    previous.update(from: before + index * stride, count: stride)
                }
            }
            ck_product(
                count, gates, units, workspace.previous[first], stride, 1, parameters + stateWeights, gates,
                parameters + stateBiases, workspace.recurrent[first], gates, plain, nil)
            ck_gru_forward(
                count, stride, workspace.gates[first], workspace.recurrent[first], workspace.previous[first],
                workspace.states[first])
            before = UnsafePointer(workspace.states[first])
        }
        return workspace.states
    }

    /// Computes the parameters' gradients from those of the states, after ``forward`` of the same sequences: back through all
    /// of their steps, and not beyond an episode's beginning.
    ///
    /// - Parameters:
    ///   - workspace: its `slopes` are the loss's gradients by the states, each as far as what follows in the same row is
    ///     concerned.
    ///   - gradients: ``parameterCount`` floats, overwritten.
    func backward(
        _ parameters: UnsafePointer<Float>, input: UnsafePointer<Float>, _ sequences: Sequences,
        in workspace: MemoryWorkspace, gradients: UnsafeMutablePointer<Float>
    ) {
        let (count, rows) = (sequences.count, sequences.rows)
        let plain = Int32(CK_FINISH_PLAIN.rawValue)
        let (carried, through) = (workspace.carried, workspace.through)
        ck_transpose(units, gates, parameters + stateWeights, gates, workspace.transposed.first, stride)
        carried.first.update(repeating: 0, count: count * stride)
        through.first.update(repeating: 0, count: count * stride)
        for first in Swift.stride(from: rows - count, through: 0, by: -count) {
            ck_gru_backward(
                count, stride, workspace.gates[first], workspace.recurrent[first], workspace.previous[first],
                workspace.slopes[first], carried.first, through.first, workspace.gateSlopes[first],
                workspace.recurrentSlopes[first])
            guard first > 0 else { break }
            ck_product(
                count, stride, gates, workspace.recurrentSlopes[first], gates, 1, workspace.transposed.first, stride,
                nil, through.first, stride, plain, nil)
            for index in 0..<count where sequences.begins[first + index] {
                carried[index].update(repeating: 0, count: stride)
                through[index].update(repeating: 0, count: stride)
            }
        }
        ck_product(
            inputs, gates, rows, input, 1, inputs, workspace.gateSlopes.first, gates, nil, gradients + inputWeights,
            gates, plain, nil)
        ck_column_sums(rows, gates, workspace.gateSlopes.first, gates, gradients + inputBiases)
        ck_product(
            units, gates, rows, workspace.previous.first, 1, stride, workspace.recurrentSlopes.first, gates, nil,
            gradients + stateWeights, gates, plain, nil)
        ck_column_sums(rows, gates, workspace.recurrentSlopes.first, gates, gradients + stateBiases)
    }

    /// The state after one row of ``inputs`` floats, without a workspace.
    ///
    /// - Parameters:
    ///   - parameters: ``parameterCount`` floats.
    ///   - state: ``stride`` floats, zeros at an episode's beginning.
    public func state(_ parameters: [Float], after row: [Float], from state: [Float]) -> [Float] {
        precondition(
            row.count == inputs && state.count == stride && parameters.count == parameterCount,
            "\(row.count) inputs, a state of \(state.count) and \(parameters.count) parameters for \(inputs), "
                + "\(stride) and \(parameterCount)")
        let plain = Int32(CK_FINISH_PLAIN.rawValue)
        var gates = [Float](repeating: 0, count: gates)
        var recurrent = gates
        var next = [Float](repeating: 0, count: stride)
        parameters.withUnsafeBufferPointer { parameters in
            guard let base = parameters.baseAddress else { return }
            ck_product(
                1, self.gates, inputs, row, inputs, 1, base + inputWeights, self.gates, base + inputBiases, &gates,
                self.gates, plain, nil)
            ck_product(
                1, self.gates, units, state, stride, 1, base + stateWeights, self.gates, base + stateBiases, &recurrent,
                self.gates, plain, nil)
        }
        ck_gru_forward(1, stride, &gates, recurrent, state, &next)
        return next
    }
}

/// Sequences that are gone through side by side: row `step · count + index`.
struct Sequences {
    let steps: Int
    let count: Int
    /// What is remembered before the first step: `count` states.
    let states: UnsafePointer<Float>
    /// Of each row, whether it is an episode's first, before which nothing is remembered.
    let begins: UnsafePointer<Bool>

    var rows: Int { steps * count }
}

/// What the passes of a layer of gated recurrent units are computed in, for sequences up to a number of rows.
final class MemoryWorkspace {
    /// r, z and n.
    let gates: Rows<Float>
    /// What the states before give to the sums.
    let recurrent: Rows<Float>
    /// The states before each row.
    let previous: Rows<Float>
    let states: Rows<Float>
    /// The loss's gradients by the states.
    let slopes: Rows<Float>
    let gateSlopes: Rows<Float>
    let recurrentSlopes: Rows<Float>
    let carried: Rows<Float>
    let through: Rows<Float>
    /// The weights of the states gate by gate.
    let transposed: Rows<Float>

    /// - Parameter rows: of the largest batch, 1 or more.
    init(_ layer: GatedRecurrentUnit, rows: Int) {
        gates = Rows(count: rows, width: layer.gates)
        recurrent = Rows(count: rows, width: layer.gates)
        previous = Rows(count: rows, width: layer.stride)
        states = Rows(count: rows, width: layer.stride)
        slopes = Rows(count: rows, width: layer.stride)
        gateSlopes = Rows(count: rows, width: layer.gates)
        recurrentSlopes = Rows(count: rows, width: layer.gates)
        carried = Rows(count: rows, width: layer.stride)
        through = Rows(count: rows, width: layer.stride)
        transposed = Rows(count: layer.gates, width: layer.stride)
    }
}
