import Foundation
import Randomness
import Testing

@testable import Learning

@Suite struct PolicyHeadTests {
    /// Log-probability and entropy in double precision, from their definitions.
    private func reference(
        _ head: PolicyHead, _ row: [Double], _ deviations: [Double], _ mask: [Int8], _ decision: [Double]
    ) -> (log: Double, entropy: Double) {
        switch head {
        case .choices(let counts) where counts.count == 1:
            let count = counts[0]
            let weights = (0..<count).map { mask[$0] == 0 ? 0 : exp(row[$0]) }
            let probabilities = weights.map { $0 / weights.reduce(0, +) }
            let entropy = probabilities.reduce(0) { $1 > 0 ? $0 - $1 * Foundation.log($1) : $0 }
            return (Foundation.log(probabilities[Int(decision[0])]), entropy)
        case .choices(let counts):
            var (first, log, entropy) = (0, 0.0, 0.0)
            for (index, count) in counts.enumerated() {
                let block = reference(
                    .choices(counts: [count]), Array(row[first..<first + count]), [],
                    Array(repeating: 1, count: count), [decision[index]])
                (first, log, entropy) = (first + count, log + block.log, entropy + block.entropy)
            }
            return (log, entropy)
        case .gaussian(let count):
            var log = 0.0
            var entropy = 0.0
            for index in 0..<count {
                let distance = (decision[index] - row[index]) / exp(deviations[index])
                log -= 0.5 * distance * distance + deviations[index] + 0.5 * Foundation.log(2 * .pi)
                entropy += deviations[index] + 0.5 * Foundation.log(2 * .pi * M_E)
            }
            return (log, entropy)
        }
    }

    @Test(
        "Log-probability, entropy and their gradients are those of the definitions, masked or not",
        arguments: [PolicyHead.choices(counts: [4]), .choices(counts: [3, 1, 4]), .gaussian(count: 3)], 0..<20)
    func gradients(head: PolicyHead, seed: Int) {
        var generator = PCG64(seed: Seed(UInt64(seed)))
        let count = head.outputs
        func random() -> Double { 4 * generator.nextDouble() - 2 }
        let row = (0..<count).map { _ in Double(Float(random())) }
        let deviations = (0..<count).map { _ in Double(Float(0.5 * random())) }
        var mask = (0..<count).map { _ in Int8(generator.nextDouble() < 0.6 ? 1 : 0) }
        var decision = (0..<head.decisionWidth).map { _ in Double(Float(random())) }
        if case .choices(let counts) = head, counts.count == 1 {
            let choice = Int.random(in: 0..<count, using: &generator)
            mask[choice] = 1
            decision = [Double(choice)]
        }
        let (byLog, byEntropy) = (random(), random())
        if case .choices(let counts) = head, counts.count > 1 {
            decision = counts.map { Double(Int.random(in: 0..<$0, using: &generator)) }
        }
        func loss(_ row: [Double], _ deviations: [Double]) -> Double {
            let (log, entropy) = reference(head, row, deviations, mask, decision)
            return byLog * log + byEntropy * entropy
        }

        let floats = row.map { Float($0) }
        let floatDeviations = deviations.map { Float($0) }
        let floatDecision = decision.map { Float($0) }
        var logs = [Float](repeating: 0, count: count)
        let (log, entropy) = head.assess(
            floats, deviations: floatDeviations, mask: mask, decision: floatDecision, logs: &logs)
        let expected = reference(head, row, deviations, mask, decision)
        #expect(abs(Double(log) - expected.log) < 1e-4 * max(1, abs(expected.log)))
        #expect(abs(Double(entropy) - expected.entropy) < 1e-5)
        var outputs = [Float](repeating: 9, count: count)
        var slopes = [Float](repeating: 0, count: count)
        head.addGradients(
            byLog: Float(byLog), byEntropy: Float(byEntropy), entropy: entropy, row: floats,
            deviations: floatDeviations, decision: floatDecision, logs: logs, outputs: &outputs,
            deviationGradients: &slopes)
        for index in 0..<count {
            func shifted(_ values: [Double], _ by: Double) -> [Double] {
                values.enumerated().map { $0 == index ? $1 + by : $1 }
            }
            let slope = (loss(shifted(row, 1e-5), deviations) - loss(shifted(row, -1e-5), deviations)) / 2e-5
            #expect(abs(slope - Double(outputs[index])) < 1e-3 * max(1, abs(slope)))
            guard case .gaussian = head else { continue }
            let other = (loss(row, shifted(deviations, 1e-5)) - loss(row, shifted(deviations, -1e-5))) / 2e-5
            #expect(abs(other - Double(slopes[index])) < 1e-3 * max(1, abs(other)))
        }
    }

    @Test("Drawn actions are as frequent as they are probable, and the forbidden never come")
    func sampling() {
        let head = PolicyHead.choices(counts: [4])
        let row: [Float] = [1, 5, -0.5, 0.25]
        let mask: [Int8] = [1, 0, 1, 1]
        let weights = [exp(1.0), 0, exp(-0.5), exp(0.25)]
        var generator = PCG64(seed: Seed(11))
        var logs = [Float](repeating: 0, count: 4)
        var decision: [Float] = [0]
        var counts = [0.0, 0, 0, 0]
        for _ in 0..<20_000 {
            let log = head.sample(
                row, deviations: row, mask: mask, logs: &logs, decision: &decision, sampling: Sampling(),
                using: &generator)
            counts[Int(decision[0])] += 1
            #expect(log == logs[Int(decision[0])])
        }
        for index in 0..<4 {
            let probability = weights[index] / weights.reduce(0, +)
            let deviation = (probability * (1 - probability) / 20_000).squareRoot()
            #expect(abs(counts[index] / 20_000 - probability) <= 5 * deviation)
        }
    }

    @Test("A mask that allows nothing counts as none, and equally good actions give the first, or the last where asked")
    func best() {
        let row: [Float] = [1, 3, 3, 0]
        #expect(PolicyHead.best(row, 4, nil) == 1)
        #expect(PolicyHead.best(row, 4, nil, prefersLast: true) == 2)
        #expect(PolicyHead.best(row, 4, [1, 0, 0, 1]) == 0)
        #expect(PolicyHead.best(row, 4, [0, 0, 0, 0]) == 1)
        #expect(PolicyHead.best([.nan, .nan], 2, nil) == 0)
    }
}
