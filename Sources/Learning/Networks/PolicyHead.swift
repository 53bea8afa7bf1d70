import Foundation
import Randomness

/// The distribution of actions that a policy network's outputs stand for.
enum PolicyHead: Sendable, Hashable {
    /// Outputs are logits. Where a mask says 0, the probability is 0; a mask of zeros alone counts as none.
    case categorical(count: Int)
    /// Outputs are logits, those of each of several choices one after the other; the choices are made independently. Without
    /// masks.
    case categoricals(counts: [Int])
    /// Outputs are means; the logarithms of the deviations are parameters of their own, equal in every state.
    case gaussian(count: Int)

    init(_ actions: ActionWriter) {
        switch actions.kind {
        case .discrete(let count, _): self = .categorical(count: count)
        case .several(let counts, _): self = .categoricals(counts: counts)
        case .continuous(let low, _, _): self = .gaussian(count: low.count)
        }
    }

    /// Outputs of the network.
    var outputs: Int {
        switch self {
        case .categorical(let count), .gaussian(let count): count
        case .categoricals(let counts): counts.reduce(0, +)
        }
    }

    /// Floats of a decision: the index of an action, one for each of several choices, or one number a dimension, unclipped.
    var decisionWidth: Int {
        switch self {
        case .categorical: 1
        case .categoricals(let counts): counts.count
        case .gaussian(let count): count
        }
    }

    /// Logarithms of deviations among the parameters.
    var deviationCount: Int {
        switch self {
        case .categorical, .categoricals: 0
        case .gaussian(let count): count
        }
    }

    /// Draws a decision.
    ///
    /// - Parameters:
    ///   - row: the network's outputs.
    ///   - logs: room for `outputs` floats.
    /// - Returns: the logarithm of its probability or density.
    func sample(
        _ row: UnsafePointer<Float>, deviations: UnsafePointer<Float>, mask: UnsafePointer<Int8>?,
        logs: UnsafeMutablePointer<Float>, decision: UnsafeMutablePointer<Float>, sampling: borrowing Sampling,
        using generator: inout PCG64
    ) -> Float {
        switch self {
        case .categorical(let count):
            return PolicyHead.draw(row, count, mask, logs, decision, using: &generator)
        case .categoricals(let counts):
            var first = 0
            var sum: Float = 0
            for index in counts.indices {
                sum += PolicyHead.draw(
                    row + first, counts[index], nil, logs + first, decision + index, using: &generator)
                first += counts[index]
            }
            return sum
        case .gaussian(let count):
            for index in 0..<count {
                let noise = Float(sampling.normal(using: &generator))
                decision[index] = row[index] + exp(deviations[index]) * noise
            }
            return density(row, deviations, decision)
        }
    }

    /// The logarithm of a decision's probability or density, and the entropy.
    ///
    /// - Parameter logs: room for `outputs` floats, which ``addGradients`` needs.
    func assess(
        _ row: UnsafePointer<Float>, deviations: UnsafePointer<Float>, mask: UnsafePointer<Int8>?,
        decision: UnsafePointer<Float>, logs: UnsafeMutablePointer<Float>
    ) -> (logProbability: Float, entropy: Float) {
        switch self {
        case .categorical(let count):
            PolicyHead.logProbabilities(row, count, mask, logs)
            return (logs[Int(decision[0])], PolicyHead.entropy(logs, count))
        case .categoricals(let counts):
            var first = 0
            var (log, entropy): (Float, Float) = (0, 0)
            for index in counts.indices {
                PolicyHead.logProbabilities(row + first, counts[index], nil, logs + first)
                log += logs[first + Int(decision[index])]
                entropy += PolicyHead.entropy(logs + first, counts[index])
                first += counts[index]
            }
            return (log, entropy)
        case .gaussian(let count):
            var entropy: Float = 0
            for index in 0..<count { entropy += deviations[index] + 1.418_938_533 }
            return (density(row, deviations, decision), entropy)
        }
    }

    /// Writes the loss's gradients by the outputs, and adds those by the deviations' logarithms.
    ///
    /// - Parameters:
    ///   - byLog: the loss's gradient by the decision's log-probability.
    ///   - byEntropy: the loss's gradient by the entropy.
    ///   - logs: as ``assess`` left them.
    func addGradients(
        byLog: Float, byEntropy: Float, entropy: Float, row: UnsafePointer<Float>, deviations: UnsafePointer<Float>,
        decision: UnsafePointer<Float>, logs: UnsafePointer<Float>, outputs: UnsafeMutablePointer<Float>,
        deviationGradients: UnsafeMutablePointer<Float>
    ) {
        switch self {
        case .categorical(let count):
            PolicyHead.write(byLog, byEntropy, entropy, Int(decision[0]), logs, count, to: outputs)
        case .categoricals(let counts):
            var first = 0
            for index in counts.indices {
                PolicyHead.write(
                    byLog, byEntropy, PolicyHead.entropy(logs + first, counts[index]), Int(decision[index]),
                    logs + first, counts[index], to: outputs + first)
                first += counts[index]
            }
        case .gaussian(let count):
            for index in 0..<count {
                let scale = exp(-deviations[index])
                let distance = (decision[index] - row[index]) * scale
                outputs[index] = byLog * distance * scale
                deviationGradients[index] += byLog * (distance * distance - 1) + byEntropy
            }
        }
    }

    /// Draws the index of one of `count` choices, and gives its log-probability.
    private static func draw(
        _ row: UnsafePointer<Float>, _ count: Int, _ mask: UnsafePointer<Int8>?, _ logs: UnsafeMutablePointer<Float>,
        _ decision: UnsafeMutablePointer<Float>, using generator: inout PCG64
    ) -> Float {
        logProbabilities(row, count, mask, logs)
        var rest = Float(generator.nextDouble())
        var choice = 0
        for index in 0..<count where logs[index] > -.infinity {
            choice = index
            rest -= exp(logs[index])
            if rest < 0 { break }
        }
        decision[0] = Float(choice)
        return logs[choice]
    }

    private static func entropy(_ logs: UnsafePointer<Float>, _ count: Int) -> Float {
        var entropy: Float = 0
        for index in 0..<count where logs[index] > -.infinity { entropy -= exp(logs[index]) * logs[index] }
        return entropy
    }

    /// The gradients by the logits of one choice.
    private static func write(
        _ byLog: Float, _ byEntropy: Float, _ entropy: Float, _ choice: Int, _ logs: UnsafePointer<Float>, _ count: Int,
        to outputs: UnsafeMutablePointer<Float>
    ) {
        for index in 0..<count {
            guard logs[index] > -.infinity else {
                outputs[index] = 0
                continue
            }
            let probability = exp(logs[index])
            let hit: Float = index == choice ? 1 : 0
            outputs[index] = byLog * (hit - probability) - byEntropy * probability * (logs[index] + entropy)
        }
    }

    private func density(
        _ row: UnsafePointer<Float>, _ deviations: UnsafePointer<Float>, _ decision: UnsafePointer<Float>
    ) -> Float {
        var sum: Float = 0
        for index in 0..<outputs {
            let distance = (decision[index] - row[index]) * exp(-deviations[index])
            sum -= 0.5 * distance * distance + deviations[index] + 0.918_938_533
        }
        return sum
    }

    /// Whether an action may be taken.
    static func allows(_ mask: UnsafePointer<Int8>?, _ index: Int) -> Bool { mask.map { $0[index] != 0 } ?? true }

    /// nil for a mask that allows nothing.
    static func usable(_ mask: UnsafePointer<Int8>?, _ count: Int) -> UnsafePointer<Int8>? {
        guard let mask else { return nil }
        for index in 0..<count where mask[index] != 0 { return mask }
        return nil
    }

    /// The first of the largest among the allowed ones, or the last.
    static func best(
        _ row: UnsafePointer<Float>, _ count: Int, _ mask: UnsafePointer<Int8>?, prefersLast: Bool = false
    ) -> Int {
        let mask = usable(mask, count)
        var best = -1
        for index in 0..<count where allows(mask, index) {
            if best < 0 || row[index] > row[best] || prefersLast && row[index] == row[best] { best = index }
        }
        return max(best, 0)
    }

    private static func logProbabilities(
        _ row: UnsafePointer<Float>, _ count: Int, _ mask: UnsafePointer<Int8>?, _ logs: UnsafeMutablePointer<Float>
    ) {
        let mask = usable(mask, count)
        var largest = -Float.infinity
        for index in 0..<count where allows(mask, index) { largest = max(largest, row[index]) }
        var sum: Float = 0
        for index in 0..<count where allows(mask, index) { sum += exp(row[index] - largest) }
        let total = largest + log(sum)
        for index in 0..<count { logs[index] = allows(mask, index) ? row[index] - total : -.infinity }
    }
}
