import Foundation
import Gymnasium
import Randomness
import Testing

@testable import Learning

@Suite struct PPOTests {
    private func settings(_ change: (inout PPOConfiguration) -> Void = { _ in }) -> PPOConfiguration {
        var settings = PPOConfiguration()
        settings.stepsPerRound = 20
        settings.minibatchSize = 40
        settings.epochs = 8
        settings.discount = 0.9
        settings.learningRate = .linear(from: 5e-3, to: 0)
        settings.totalSteps = 8_000
        settings.hidden = [16]
        change(&settings)
        return settings
    }

    private func value(_ ppo: PPO, _ row: [Float]) -> Double {
        let parameters = Array(ppo.parameters.elements[ppo.policy.parameterCount...].prefix(ppo.critic.parameterCount))
        return Double(ppo.critic.dense.outputs(parameters, for: row)[0])
    }

    @Test("Values on a walk that terminates are the sums of what is left", arguments: AutoresetMode.allCases)
    func terminated(mode: AutoresetMode) throws {
        let rules = Walk.Rules()
        let ppo = try PPO(Walk.vector(rules, mode: mode), settings())
        try ppo.train(until: 8_000) { _ in true }
        for step in 0..<rules.length {
            let row = (0..<rules.width).map { Float($0 == step ? 1 : 0) }
            #expect(abs(value(ppo, row) - Walk.value(rules, at: step, discount: 0.9)) < 0.1, "step \(step)")
        }
    }

    @Test(
        "cleanrl#198: values on a walk that is truncated are those of going on forever",
        arguments: AutoresetMode.allCases)
    func truncated(mode: AutoresetMode) throws {
        var rules = Walk.Rules()
        rules.terminates = false
        rules.showsStep = false
        rules.length = 4
        let ppo = try PPO(Walk.vector(rules, mode: mode), settings())
        try ppo.train(until: 8_000) { _ in true }
        #expect(abs(value(ppo, [1]) - 10) < 0.3)
    }

    @Test("The gradients of the whole loss are those of its differences, for a discrete and for a Gaussian policy")
    func lossGradients() throws {
        for vector in [Pole.vector(4), Aim.vector(4)] {
            let ppo = try PPO(
                vector,
                settings {
                    $0.entropyCoefficient = 0.1
                    $0.valueCoefficient = 0.7
                    $0.clipsValueLoss = true
                })
            try ppo.collect()
            ppo.estimateAdvantages()
            ppo.slots = Array(0..<24)
            // So that ratios and values differ from those of the round, some well beyond the clip range, none at its ends,
            // where the loss has a kink.
            let shifts = [-0.5, -0.05, 0.05, 0.5] as [Float]
            var generator = PCG64(seed: Seed(2))
            for slot in ppo.slots {
                ppo.storage.logProbabilities[slot] += shifts[Int.random(in: 0..<4, using: &generator)]
                ppo.storage.values[slot] += shifts[Int.random(in: 0..<4, using: &generator)]
            }
            func loss() -> Double {
                var sums = LossSums()
                ppo.differentiate(0..<24, clip: 0.2, sums: &sums)
                return (sums.policy - 0.1 * sums.entropy + 0.7 * sums.value) / 24
            }
            _ = loss()
            let gradients = ppo.optimiser.gradients.elements
            let largest = gradients.map { abs($0) }.max() ?? 0
            var indices = (0..<60).map { _ in Int.random(in: gradients.indices, using: &generator) }
            indices += (0..<ppo.head.deviationCount).map { gradients.count - 1 - $0 }
            for index in indices where gradients[index] != 0 {
                let weight = ppo.parameters[index]
                ppo.parameters[index] = weight + 4e-3
                let up = loss()
                ppo.parameters[index] = weight - 4e-3
                let down = loss()
                ppo.parameters[index] = weight
                let slope = (up - down) / 8e-3
                #expect(abs(slope - Double(gradients[index])) < 0.01 * Double(largest) + 1e-3, "parameter \(index)")
            }
        }
    }

    @Test("The step that only resets is in no minibatch, and its reward and action change nothing")
    func deadTransitions() throws {
        var rules = Walk.Rules()
        rules.length = 3
        let ppo = try PPO(Walk.vector(rules, count: 1), settings())
        try ppo.collect()
        // Three steps and a reset, again and again.
        #expect((0..<20).allSatisfy { ppo.storage.isTransition[$0] == ($0 % 4 != 3) })
        ppo.estimateAdvantages()
        _ = ppo.update(progress: 0)
        #expect(ppo.slots.sorted() == (0..<20).filter { $0 % 4 != 3 })
    }

    @Test("The better of two actions is found, and taken by the policy that a checkpoint holds")
    func learnsBonus() throws {
        var rules = Walk.Rules()
        rules.bonus = 1
        let ppo = try PPO(Walk.vector(rules), settings())
        try ppo.train(until: 4_000) { _ in true }
        let policy = try TrainedPolicy(ppo.checkpoint())
        #expect(policy.greedyAction([1, 0, 0, 0, 0, 0]) == .discrete(1))
        var generator = PCG64(seed: Seed(1))
        let taken = (0..<200).count { _ in
            policy.sampledAction([1, 0, 0, 0, 0, 0], using: &generator) == .discrete(1)
        }
        #expect(taken > 180)
        #expect(policy.greedyAction([1, 0, 0, 0, 0, 0], mask: [1, 0]) == .discrete(0))
    }

    @Test("A Gaussian policy finds the best number, and its deviation shrinks")
    func learnsNumber() throws {
        let ppo = try PPO(Aim.vector(8), settings { $0.totalSteps = 30_000 })
        try ppo.train(until: 30_000) { _ in true }
        guard case .continuous(let numbers) = try TrainedPolicy(ppo.checkpoint()).greedyAction([1]) else {
            Issue.record("a discrete action in a box")
            return
        }
        #expect(abs(numbers[0] - 0.5) < 0.1)
        #expect(ppo.deviations[0] < -0.5)
    }

    @Test("Actions that a mask forbids are never taken, and weights stay finite")
    func masks() throws {
        for allowed in 0..<2 {
            var rules = Walk.Rules()
            rules.allowed = allowed
            rules.bonus = allowed == 0 ? 5 : -5
            let ppo = try PPO(Walk.vector(rules), settings())
            try ppo.train(until: 800) { _ in
                #expect(
                    (0..<ppo.storage.slotCount).allSatisfy {
                        !ppo.storage.isTransition[$0] || ppo.storage.decisions[$0][0] == Float(allowed)
                    })
                return true
            }
            #expect(ppo.parameters.elements.allSatisfy { $0.isFinite })
        }
    }

    @Test("stable-baselines3#265: a minibatch of one, a round of one and a last minibatch of one leave weights finite")
    func report97_minibatchOfOne() throws {
        for (steps, minibatch) in [(1, 1), (65, 64), (1, 64), (4, 1)] {
            let ppo = try PPO(
                Walk.vector(Walk.Rules(), count: 1),
                settings {
                    $0.stepsPerRound = steps
                    $0.minibatchSize = minibatch
                })
            try ppo.train(until: 10 * steps) { progress in
                #expect(progress.metrics.allSatisfy { $0.value.isFinite || $0.name == "losses/explained_variance" })
                return true
            }
            #expect(ppo.parameters.elements.allSatisfy { $0.isFinite }, "\(steps) steps, minibatch \(minibatch)")
        }
    }

    @Test("hill-a/stable-baselines#722: rewards that never differ leave weights finite, and the policy undecided")
    func report98_constantRewards() throws {
        for reward in [0.0, 1] {
            var rules = Walk.Rules()
            rules.reward = reward
            rules.showsStep = false
            rules.terminates = false
            let ppo = try PPO(Walk.vector(rules), settings { $0.learningRate = .constant(1e-3) })
            try ppo.train(until: 10_000) { _ in true }
            #expect(ppo.parameters.elements.allSatisfy { $0.isFinite })
            let logits = ppo.policy.dense.outputs(
                Array(ppo.parameters.elements[..<ppo.policy.parameterCount]), for: [1])
            #expect(abs(logits[0] - logits[1]) < 1.5, "reward \(reward)")
        }
    }

    @Test("hill-a/stable-baselines#722: equal advantages are scaled to 0, not to infinity")
    func report98_equalAdvantages() throws {
        let ppo = try PPO(Walk.vector(Walk.Rules()), settings())
        ppo.slots = Array(0..<40)
        for value in [0, 1, 1e-3, 123.456, -1e6] as [Float] {
            for slot in 0..<40 { ppo.storage.advantages[slot] = value }
            let (shift, scale) = ppo.advantageScaling(0..<40)
            #expect(abs((value - shift) * scale) < 1e-3, "\(value)")
        }
    }

    @Test("Equal seeds give equal weights, byte for byte; another seed gives others")
    func reproducible() throws {
        func weights(_ seed: UInt64) throws -> [Float] {
            let ppo = try PPO(
                Pole.vector(4),
                settings {
                    $0.seed = seed
                    $0.normalisesObservations = true
                    $0.normalisesRewards = true
                })
            try ppo.train(until: 800) { _ in true }
            return ppo.parameters.elements
        }
        let first = try weights(1)
        #expect(try weights(1) == first)
        #expect(try weights(2) != first)
    }

    @Test("The pole is learnt: within 20,000 steps the mean return of the last episodes is above 100")
    func learnsPole() throws {
        var settings = try PPOConfiguration.preset("zoo-cartpole")
        settings.totalSteps = 20_000
        settings.epochs = 8
        let ppo = try PPO(Pole.vector(8, mode: .sameStep), settings)
        var returns: [Double] = []
        try ppo.train(until: 20_000) { progress in
            returns += progress.episodes.map(\.episodicReturn)
            return true
        }
        let last = returns.suffix(20)
        #expect(last.reduce(0, +) / Double(last.count) > 100)
        #expect(returns.prefix(20).reduce(0, +) / 20 < 60)
    }

    @Test("Training ends after the round in which the caller says so, and goes on from there")
    func stops() throws {
        let ppo = try PPO(Walk.vector(Walk.Rules()), settings())
        try ppo.train(until: 8_000) { $0.step < 120 }
        #expect(ppo.stepCount == 120)
        try ppo.train(until: 121) { _ in true }
        #expect(ppo.stepCount == 160)
    }

    @Test("Settings out of range, and spaces that it cannot learn in, are refused with what to do")
    func refusals() throws {
        for change in [
            { $0.stepsPerRound = 0 }, { $0.minibatchSize = 0 }, { $0.epochs = 0 }, { $0.discount = 1.5 },
            { $0.gaeLambda = .nan }, { $0.hidden = [0] }, { $0.totalSteps = 0 }, { $0.maxGradientNorm = 0 },
        ] as [(inout PPOConfiguration) -> Void] {
            #expect { try PPO(Walk.vector(Walk.Rules()), settings(change)) } throws: {
                ($0 as? LearningError)?.reason == .configuration
            }
        }
    }
}
