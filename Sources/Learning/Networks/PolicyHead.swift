import Foundation
import Randomness

/// The distribution of actions that a policy network's outputs stand for.
enum PolicyHead: Sendable, Hashable {
    /// Outputs are logits, those of each choice one after the other; the choices are made independently. Where a single
    /// choice has a mask that says 0, the probability is 0; a mask of zeros alone counts as none.
    case choices(counts: [Int])
    /// Outputs are means; the logarithms of the deviations are parameters of their own, equal in every state.
    case gaussian(count: Int)

    init(_ actions: ActionWriter) {
        switch actions.kind {
        case .choices(let counts, _): self = .choices(counts: counts)
        case .continuous(let low, _, _): self = .gaussian(count: low.count)
        }
    }

    /// Outputs of the network.
    var outputs: Int {
        switch self {
        case .choices(let counts): counts.reduce(0, +)
        case .gaussian(let count): count
        }
    }

    /// Floats of a decision: the index of an action, one for each of several choices, or one number a dimension, unclipped.
    var decisionWidth: Int {
        switch self {
        case .choices(let counts): counts.count
        case .gaussian(let count): count
        }
    }

    /// Logarithms of deviations among the parameters.
    var deviationCount: Int {
        switch self {
        case .choices: 0
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
        case .choices(let counts):
            var (first, sum): (Int, Float) = (0, 0)
            for (index, count) in counts.enumerated() {
                sum += PolicyHead.draw(
                    row + first, count, counts.count == 1 ? mask : nil, logs + first, decision + index,
                    using: &generator)
                first += count
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

    /// Takes the most probable decision.
    func choose(
        _ row: UnsafePointer<Float>, mask: UnsafePointer<Int8>?, prefersLast: Bool,
        decision: UnsafeMutablePointer<Float>
    ) {
        switch self {
        case .choices(let counts):
            var first = 0
            for (index, count) in counts.enumerated() {
                let mask = counts.count == 1 ? mask : nil
                decision[index] = Float(PolicyHead.best(row + first, count, mask, prefersLast: prefersLast))
                first += count
            }
        case .gaussian(let count): decision.update(from: row, count: count)
        }
    }

    /// The logarithm of a decision's probability or density, and the entropy.
    ///
    /// - Parameter logs: room for `outputs` floats, which ``addGradients`` needs.
    func assess(
        _ row: UnsafePointer<Float>, deviations: UnsafePointer<Float>, mask: UnsafePointer<Int8>?,
        decision: UnsafePointer<Float>, logs: UnsafeMutablePointer<Float>
    ) -> (logProbability: Float, entropy: Float) {
        var entropy: Float = 0
        switch self {
        case .choices(let counts):
            var (first, log): (Int, Float) = (0, 0)
            for (index, count) in counts.enumerated() {
                PolicyHead.logProbabilities(row + first, count, counts.count == 1 ? mask : nil, logs + first)
                log += logs[first + Int(decision[index])]
                entropy += PolicyHead.entropy(logs + first, count)
                first += count
            }
            return (log, entropy)
        case .gaussian(let count):
            for index in 0..<count { entropy += deviations[index] + 1.418_938_533 }
            return (density(row, deviations, decision), entropy)
        }
    }

    /// Writes the loss's gradients by the outputs, and adds those by the deviations' logarithms.
    ///
    /// - Parameters:
    ///   - byLog: the loss's gradient by the decision's log-probability.
    ///   - byEntropy: the loss's gradient by the entropy.
    ///   - entropy: as ``assess`` gave it.
    ///   - logs: as ``assess`` left them.
    func addGradients(
        byLog: Float, byEntropy: Float, entropy: Float, row: UnsafePointer<Float>, deviations: UnsafePointer<Float>,
        decision: UnsafePointer<Float>, logs: UnsafePointer<Float>, outputs: UnsafeMutablePointer<Float>,
        deviationGradients: UnsafeMutablePointer<Float>
    ) {
        switch self {
        case .choices(let counts):
            var first = 0
            for (index, count) in counts.enumerated() {
                let entropy = counts.count == 1 ? entropy : PolicyHead.entropy(logs + first, count)
                PolicyHead.write(
                    byLog, byEntropy, entropy, Int(decision[index]), logs + first, count, to: outputs + first)
                first += count
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

    /// One of the allowed ones, all equally probable.
    static func any(_ count: Int, _ mask: UnsafePointer<Int8>?, using generator: inout PCG64) -> Int {
        let mask = usable(mask, count)
        let allowed = (0..<count).reduce(0) { $0 + (allows(mask, $1) ? 1 : 0) }
        var rest = generator.index(below: allowed)
        for index in 0..<count where allows(mask, index) {
            if rest == 0 { return index }
            rest -= 1
        }
        return 0
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
