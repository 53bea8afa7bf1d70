import Foundation
import Gymnasium
import Randomness
import Testing

@testable import Learning

/// The 13 core details of Huang et al., "The 37 implementation details of PPO" (2022), one test each.
@Suite struct PPODetailsTests {
    /// A round of PPO whose parts the tests look into.
    private func agent(_ change: (inout PPOConfiguration) -> Void = { _ in }) throws -> PPO {
        var settings = PPOConfiguration()
        settings.stepsPerRound = 16
        settings.minibatchSize = 8
        settings.epochs = 2
        settings.totalSteps = 1_000
        change(&settings)
        return try PPO(Walk.vector(Walk.Rules(), count: 4), settings)
    }

    @Test("1: rounds are cut at a fixed number of steps, and episodes go on across them")
    func vectorisedRounds() throws {
        var rules = Walk.Rules()
        rules.length = 10
        var settings = PPOConfiguration()
        settings.stepsPerRound = 4
        settings.minibatchSize = 8
        settings.epochs = 1
        for mode in AutoresetMode.allCases {
            let ppo = try PPO(Walk.vector(rules, count: 2, mode: mode), settings)
            var steps: [Int] = []
            var ends: [EpisodeEnd] = []
            try ppo.train(until: 88) { progress in
                steps.append(progress.step)
                ends += progress.episodes
                return true
            }
            #expect(steps == Array(stride(from: 8, through: 88, by: 8)))
            #expect(ends.count == 2 * 4, "\(mode)")
            #expect(ends.allSatisfy { $0.length == 10 && $0.episodicReturn == 10 }, "\(mode)")
        }
    }

    @Test("2: weights are orthogonal with gain √2, 0.01 for the policy's and 1 for the value's outputs; biases are 0")
    func orthogonalInitialisation() throws {
        let ppo = try agent()
        func products(_ parameters: UnsafePointer<Float>, _ layer: DenseNetwork.Layer) -> [Double] {
            // Of the shorter side's vectors with each other.
            let isWide = layer.outputs > layer.inputs
            let (short, long) = isWide ? (layer.inputs, layer.outputs) : (layer.outputs, layer.inputs)
            func element(_ vector: Int, _ index: Int) -> Double {
                let (input, output) = isWide ? (vector, index) : (index, vector)
                return Double(parameters[layer.weights + input * layer.stride + output])
            }
            return (0..<short).flatMap { a in
                (0..<short).map { b in (0..<long).reduce(0) { $0 + element(a, $1) * element(b, $1) } }
            }
        }
        for (network, offset, last) in [
            (ppo.policy.dense, 0, 0.01), (ppo.critic.dense, ppo.policy.parameterCount, 1.0),
        ] {
            let parameters = UnsafePointer(ppo.parameters.pointer + offset)
            for (index, layer) in network.layers.enumerated() {
                let gain = index == network.layers.count - 1 ? last : 2.0.squareRoot()
                let short = min(layer.inputs, layer.outputs)
                for (place, product) in products(parameters, layer).enumerated() {
                    let expected = place / short == place % short ? gain * gain : 0
                    #expect(abs(product - expected) < 1e-5 * max(1, gain * gain))
                }
                #expect((0..<layer.stride).allSatisfy { parameters[layer.biases + $0] == 0 })
            }
        }
    }

    @Test("3: Adam's epsilon is 1e-5")
    func adamEpsilon() throws {
        let ppo = try agent()
        #expect(ppo.optimiser.epsilon == 1e-5)
        // A gradient as small as epsilon moves a weight by half the learning rate.
        ppo.optimiser.gradients[0] = 1e-5
        let before = ppo.parameters[0]
        ppo.optimiser.step(learningRate: 0.01, maxNorm: 1)
        #expect(abs(before - ppo.parameters[0] - 0.005) < 1e-5)
    }

    @Test("4: the learning rate falls to 0 over the run, and nothing is learnt from there on")
    func learningRateAnnealing() throws {
        let ppo = try agent {
            $0.totalSteps = 128
            $0.learningRate = .linear(from: 1e-3, to: 0)
        }
        var rates: [Double] = []
        try ppo.train(until: 128) { progress in
            rates += progress.metrics.filter { $0.name == "charts/learning_rate" }.map(\.value)
            return true
        }
        #expect(rates == [1e-3, 0.5e-3])
        let weights = ppo.parameters.elements
        try ppo.train(until: 256) { _ in true }
        #expect(ppo.parameters.elements == weights)
    }

    @Test("5: advantages are those of generalised advantage estimation, by its sum over all later steps")
    func advantageEstimation() {
        var generator = PCG64(seed: Seed(9))
        let (steps, count, discount, lambda) = (12, 3, 0.9, 0.8)
        let storage = RolloutStorage(steps: steps, count: count, width: 1, decisionWidth: 1, maskCount: 0)
        let after = FloatBuffer(count: count)
        for index in 0..<count { after[index] = Float(generator.nextDouble()) }
        for slot in 0..<storage.slotCount {
            storage.rewards[slot] = Float(generator.nextDouble())
            storage.values[slot] = Float(generator.nextDouble())
            storage.isLast[slot] = generator.nextDouble() < 0.2
            storage.valuesAtEnd[slot] = generator.nextDouble() < 0.5 ? 0 : Float(generator.nextDouble())
        }
        storage.estimateAdvantages(discount: Float(discount), lambda: Float(lambda), valuesAfter: after.pointer)
        for index in 0..<count {
            for step in 0..<steps {
                var sum = 0.0
                var weight = 1.0
                for later in step..<steps {
                    let slot = later * count + index
                    let following = later == steps - 1 ? after[index] : storage.values[slot + count]
                    let next = storage.isLast[slot] ? storage.valuesAtEnd[slot] : following
                    let reward = Double(storage.rewards[slot])
                    sum += weight * (reward + discount * Double(next) - Double(storage.values[slot]))
                    weight *= discount * lambda
                    if storage.isLast[slot] { break }
                }
                let slot = step * count + index
                #expect(abs(sum - Double(storage.advantages[slot])) < 1e-5)
                #expect(abs(storage.returns[slot] - storage.advantages[slot] - storage.values[slot]) < 1e-6)
            }
        }
    }

    @Test("6: an epoch takes every transition once, in another order than the one before")
    func shuffling() throws {
        let ppo = try agent()
        ppo.slots = Array(0..<64)
        ppo.shuffleSlots()
        let first = ppo.slots
        ppo.shuffleSlots()
        #expect(first.sorted() == Array(0..<64) && ppo.slots.sorted() == Array(0..<64))
        #expect(first != Array(0..<64) && first != ppo.slots)
    }

    @Test("7: advantages are normalised in each minibatch, by its own mean and deviation")
    func advantageNormalisation() throws {
        let ppo = try agent()
        ppo.slots = Array(0..<64)
        for slot in 0..<64 { ppo.storage.advantages[slot] = Float(slot * slot) }
        for range in [0..<8, 8..<16, 60..<64] {
            let (shift, scale) = ppo.advantageScaling(range)
            let scaled = range.map { (Double($0 * $0) - Double(shift)) * Double(scale) }
            let mean = scaled.reduce(0, +) / Double(scaled.count)
            let variance = scaled.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scaled.count - 1)
            #expect(abs(mean) < 1e-4 && abs(variance - 1) < 1e-4, "\(range)")
        }
    }

    @Test("8: the policy's gradient is 0 where the ratio is beyond the clip range and going further would pay")
    func clippedRatio() throws {
        // Both actions' probabilities are ½ at first; old log-probabilities are set so that the ratio is what the case says.
        for (ratio, advantage, hasGradient) in [
            (1.0, 1.0, true), (1.1, 1, true), (1.3, 1, false), (1.3, -1, true), (0.7, -1, false), (0.7, 1, true),
        ] {
            let ppo = try agent { $0.normalisesAdvantages = false }
            try ppo.collect()
            ppo.slots = [0]
            ppo.storage.advantages[0] = Float(advantage)
            ppo.storage.returns[0] = 0
            ppo.storage.logProbabilities[0] -= Float(log(ratio))
            var sums = LossSums()
            ppo.differentiate(0..<1, clip: 0.2, sums: &sums)
            let gradients = (0..<ppo.policy.parameterCount).map { ppo.optimiser.gradients[$0] }
            #expect(gradients.contains { $0 != 0 } == hasGradient, "ratio \(ratio), advantage \(advantage)")
            let expected = -min(ratio * advantage, min(max(ratio, 0.8), 1.2) * advantage)
            #expect(abs(sums.policy - expected) < 1e-4)
        }
    }

    @Test("9: the value's loss is clipped around the old value where that is switched on, and only there")
    func clippedValueLoss() throws {
        let clipping = try agent { $0.clipsValueLoss = true }
        let plain = try agent()
        for (old, value, target) in [(0.0, 0.1, 1.0), (0, 0.5, 1), (0, -0.5, 1), (0, 0.5, 0.1), (0, 2, 1)] {
            for ppo in [clipping, plain] {
                ppo.storage.values[0] = Float(old)
                ppo.storage.returns[0] = Float(target)
            }
            func reference(_ value: Double) -> Double {
                let clipped = old + min(max(value - old, -0.2), 0.2)
                return 0.5 * max((value - target) * (value - target), (clipped - target) * (clipped - target))
            }
            let (loss, slope) = clipping.valueLoss(Float(value), slot: 0, clip: 0.2)
            let difference = (reference(value + 1e-6) - reference(value - 1e-6)) / 2e-6
            #expect(abs(Double(loss) - reference(value)) < 1e-6 && abs(Double(slope) - difference) < 1e-4)
            let (plainLoss, plainSlope) = plain.valueLoss(Float(value), slot: 0, clip: 0.2)
            #expect(abs(Double(plainLoss) - 0.5 * (value - target) * (value - target)) < 1e-6)
            #expect(abs(Double(plainSlope) - (value - target)) < 1e-6)
        }
    }

    @Test("10: the entropy bonus spreads the policy out: alone, it brings unequal probabilities together")
    func entropyBonus() throws {
        var settings = PPOConfiguration()
        settings.entropyCoefficient = 1
        settings.normalisesAdvantages = false
        settings.learningRate = .constant(1e-2)
        settings.stepsPerRound = 32
        settings.epochs = 4
        var rules = Walk.Rules()
        rules.reward = 0
        let ppo = try PPO(Walk.vector(rules), settings)
        // Without rewards and with values of 0 there are no advantages. The policy begins with a strong liking for action 1.
        for index in ppo.policy.parameterCount..<ppo.parameters.count { ppo.parameters[index] = 0 }
        let last = ppo.policy.dense.layers[ppo.policy.dense.layers.count - 1]
        ppo.parameters[last.biases + 1] = 2
        func likings() -> [Float] {
            let weights = Array(ppo.parameters.elements[..<ppo.policy.parameterCount])
            let logits = (0..<rules.length).map { step in
                ppo.policy.dense.outputs(weights, for: (0..<rules.width).map { $0 == step ? 1 : 0 })
            }
            return logits.map { abs($0[1] - $0[0]) }
        }
        #expect(likings().allSatisfy { $0 > 1.9 })
        try ppo.train(until: 64 * 40) { _ in true }
        #expect(likings().allSatisfy { $0 < 0.2 })
    }

    @Test("11: gradients are clipped by their global norm")
    func globalNorm() {
        let parameters = FloatBuffer(count: 16)
        let optimiser = Adam(parameters, epsilon: 1)
        for index in 0..<16 { optimiser.gradients[index] = 10 }
        let norm = optimiser.step(learningRate: 1, maxNorm: 0.5)
        #expect(abs(norm - 40) < 1e-4)
        // With an epsilon of 1 a step tells the gradient's size: g / (|g| + 1), for g = 10 · 0.5 / 40.
        #expect(parameters.elements.allSatisfy { abs($0 + 0.125 / 1.125) < 1e-4 })
        for index in 0..<16 { optimiser.gradients[index] = 0.1 }
        let small = Adam(FloatBuffer(count: 16), epsilon: 1)
        for index in 0..<16 { small.gradients[index] = 0.1 }
        small.step(learningRate: 1, maxNorm: 0.5)
        #expect(small.parameters.elements.allSatisfy { abs($0 + 0.1 / 1.1) < 1e-5 })
    }

    @Test("12: the debug figures: approximate KL, clip fraction, explained variance")
    func debugFigures() throws {
        var sums = LossSums()
        for ratio in [0.5, 0.9, 1.0, 1.1, 1.5] as [Float] {
            sums.add(policy: 0, value: 0, entropy: 0, ratio: ratio, logRatio: log(ratio), clip: 0.2)
        }
        let ratios = [0.5, 0.9, 1.0, 1.1, 1.5]
        #expect(abs((sums.metrics["losses/clipfrac"] ?? 0) - 0.4) < 1e-9)
        let kl = ratios.reduce(0) { $0 + $1 - 1 - log($1) } / 5
        #expect(abs((sums.metrics["losses/approx_kl"] ?? 0) - kl) < 1e-6)
        let old = ratios.reduce(0) { $0 - log($1) } / 5
        #expect(abs((sums.metrics["losses/old_approx_kl"] ?? 0) - old) < 1e-6)

        let ppo = try agent()
        ppo.slots = [0, 1, 2]
        for slot in 0..<3 {
            ppo.storage.returns[slot] = Float(slot)
            ppo.storage.values[slot] = Float(slot)
        }
        #expect(ppo.explainedVariance() == 1)
        for slot in 0..<3 { ppo.storage.values[slot] = 5 }
        #expect(ppo.explainedVariance() == 0)
    }

    @Test("13: policy and value have networks of their own, 64 × 64 with tanh: a loss of the one leaves the other")
    func separateNetworks() throws {
        #expect(PPOConfiguration().hidden == [64, 64] && PPOConfiguration().activation == .tanh)
        // No policy gradient and no entropy: only the critic moves.
        var rules = Walk.Rules()
        rules.allowed = 0
        let ppo = try PPO(Walk.vector(rules), PPOConfiguration.preset("zoo-cartpole"))
        let before = ppo.parameters.elements
        try ppo.train(until: 64) { _ in true }
        let after = ppo.parameters.elements
        let split = ppo.policy.parameterCount
        #expect(before[..<split] == after[..<split])
        #expect(before[split...] != after[split...])
    }
}
