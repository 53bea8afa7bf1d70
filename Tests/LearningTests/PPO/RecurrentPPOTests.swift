import Foundation
import Gymnasium
import Randomness
import Testing

@testable import Learning

@Suite struct RecurrentPPOTests {
    private func settings(_ change: (inout PPOConfiguration) -> Void = { _ in }) -> PPOConfiguration {
        var settings = PPOConfiguration()
        settings.stepsPerRound = 32
        settings.minibatchSize = 128
        settings.epochs = 6
        settings.learningRate = .constant(5e-3)
        settings.hidden = [16]
        settings.recurrentUnits = 12
        change(&settings)
        return settings
    }

    @Test(
        "What an episode's first observation said is known at its end, and without a memory it is not",
        arguments: [12, nil])
    func recall(units: Int?) throws {
        let settings = settings {
            $0.recurrentUnits = units
            $0.totalSteps = 16_000
        }
        let learner = try PPO(Recall.vector(8, mode: .sameStep), settings)
        try learner.train(until: settings.totalSteps) { _ in true }
        let policy = try TrainedPolicy(learner.checkpoint())
        #expect(policy.isRecurrent == (units != nil))
        var right = 0
        for bit in 0..<2 {
            var memory = policy.emptyMemory
            var action: TrainedPolicy.Action?
            for step in 0...Recall.length {
                action = policy.greedyAction(Recall.observation(step: step, bit: bit), memory: &memory)
            }
            right += action == .discrete(Int64(bit)) ? 1 : 0
        }
        #expect(right == (units == nil ? 1 : 2))
    }

    @Test(
        "Going through a round's sequences again gives the probabilities that its actions were drawn with, and its values",
        arguments: AutoresetMode.allCases)
    func replay(mode: AutoresetMode) throws {
        for vector in [Recall.vector(5, mode: mode), Pole.vector(5, mode: mode)] {
            let learner = try PPO(vector, settings { $0.normalisesObservations = true })
            // The second round goes on with what is remembered of the first.
            for _ in 0..<2 {
                try learner.collect()
                learner.estimateAdvantages()
                #expect(learner.storage.isLast.contains(true))
                #expect(learner.storage.isTransition.contains(false) == (mode == .nextStep))
                learner.shuffleSequences(by: 4)
                for range in [0..<128, 128..<160] {
                    var sums = LossSums()
                    learner.differentiate(range, clip: 0.2, sums: &sums)
                    #expect(abs(sums.kl / sums.count) < 1e-10 && abs(sums.oldKL / sums.count) < 1e-6)
                    #expect(sums.count == Double(range.count { learner.storage.isTransition[learner.slots[$0]] }))
                    // Half of the squared advantages, since returns are advantages and values.
                    let squares = learner.slots[range].filter { learner.storage.isTransition[$0] }.reduce(0.0) {
                        $0 + 0.5 * pow(Double(learner.storage.advantages[$1]), 2)
                    }
                    #expect(abs(sums.value - squares) < 1e-4 * squares + 1e-6)
                }
            }
        }
    }

    @Test("The gradients of the whole loss are those of its differences, back through the steps of the sequences")
    func lossGradients() throws {
        let learner = try PPO(
            Pole.vector(4),
            settings {
                $0.entropyCoefficient = 0.1
                $0.valueCoefficient = 0.7
                $0.minibatchSize = 96
            })
        try learner.collect()
        learner.estimateAdvantages()
        learner.shuffleSequences(by: 3)
        #expect(learner.storage.isTransition.contains(false))
        var generator = PCG64(seed: Seed(2))
        for slot in learner.slots {
            let shifts = [-0.5, -0.05, 0.05, 0.5] as [Float]
            learner.storage.logProbabilities[slot] += shifts[Int.random(in: 0..<4, using: &generator)]
        }
        func loss() -> Double {
            var sums = LossSums()
            learner.differentiate(0..<96, clip: 0.2, sums: &sums)
            return (sums.policy - 0.1 * sums.entropy + 0.7 * sums.value) / sums.count
        }
        _ = loss()
        let gradients = learner.optimiser.gradients.elements
        let largest = gradients.map { abs($0) }.max() ?? 0
        let networks = [(learner.policy, 0), (learner.critic, learner.policy.parameterCount)]
        for (network, first) in networks {
            let memory = first + network.dense.parameterCount..<first + network.parameterCount
            #expect(gradients[memory].contains { abs($0) > 1e-4 })
            let indices = (0..<40).map { _ in Int.random(in: memory, using: &generator) }
            for index in indices where gradients[index] != 0 {
                let weight = learner.parameters[index]
                learner.parameters[index] = weight + 4e-3
                let up = loss()
                learner.parameters[index] = weight - 4e-3
                let down = loss()
                learner.parameters[index] = weight
                let slope = (up - down) / 8e-3
                #expect(abs(slope - Double(gradients[index])) < 0.01 * Double(largest) + 1e-3, "parameter \(index)")
            }
        }
    }

    @Test(
        "Values where an episode is cut short are those of going on forever, with a memory too",
        arguments: AutoresetMode.allCases)
    func truncated(mode: AutoresetMode) throws {
        var rules = Walk.Rules()
        rules.terminates = false
        rules.showsStep = false
        rules.length = 4
        let learner = try PPO(
            Walk.vector(rules, mode: mode),
            settings {
                $0.stepsPerRound = 20
                $0.minibatchSize = 40
                $0.discount = 0.9
                $0.learningRate = .linear(from: 5e-3, to: 0)
                $0.totalSteps = 8_000
            })
        try learner.train(until: 8_000) { _ in true }
        let values = (0..<40).filter { learner.storage.isTransition[$0] }.map { learner.storage.values[$0] }
        #expect(values.allSatisfy { abs($0 - 10) < 0.4 })
    }

    @Test(
        "Resuming equals not having stopped, byte for byte, in every autoreset mode", arguments: AutoresetMode.allCases)
    func resuming(mode: AutoresetMode) throws {
        let settings = settings {
            $0.normalisesObservations = true
            $0.normalisesRewards = true
            $0.minibatchSize = 70
        }
        let whole = try PPO(Pole.vector(3, mode: mode), settings)
        try whole.train(until: 500) { _ in true }
        let bytes = try whole.checkpoint().content.encoded()
        try whole.train(until: 1_000) { _ in true }
        let resumed = try PPO(
            Pole.vector(3, mode: mode), resuming: Checkpoint(SafeTensors(decoding: bytes)))
        try resumed.train(until: 1_000) { _ in true }
        #expect(try whole.checkpoint().content.encoded() == resumed.checkpoint().content.encoded())
    }

    @Test("A checkpoint's policy gives what the network gives along an episode; arrays are torch.nn.GRU's, each needed")
    func checkpoint() throws {
        let learner = try PPO(Pole.vector(1), settings())
        try learner.train(until: 200) { _ in true }
        let checkpoint = learner.checkpoint()
        let policy = try TrainedPolicy(checkpoint)
        try learner.collect()
        var memory = policy.emptyMemory
        var isFirst = true
        for slot in 0..<32 where learner.storage.isTransition[slot] {
            if isFirst { memory = policy.emptyMemory }
            isFirst = learner.storage.isLast[slot]
            let row = (0..<4).map { learner.storage.observations[slot][$0] }
            let outputs = policy.outputs(for: row, memory: &memory).map { exp(Double($0)) }
            let choice = Int(learner.storage.decisions[slot][0])
            let log = log(outputs[choice] / (outputs[0] + outputs[1]))
            #expect(abs(log - Double(learner.storage.logProbabilities[slot])) < 1e-5, "slot \(slot)")
        }

        let shapes = checkpoint.content.tensors.mapValues(\.shape)
        #expect(shapes["policy_memory.weight_ih_l0"] == [36, 4] && shapes["critic_memory.weight_hh_l0"] == [36, 12])
        #expect(shapes["policy_memory.bias_ih_l0"] == [36] && shapes["policy.0.weight"] == [16, 16])
        for name in checkpoint.content.tensors.keys where name.contains("memory") {
            var damaged = checkpoint
            damaged.content.tensors[name] = nil
            #expect(throws: LearningError.self, "\(name)") { try PPO(Pole.vector(1), resuming: damaged) }
        }
    }

    @Test("A checkpoint's policy remembers normalised observations, as in training")
    func normalised() throws {
        let learner = try PPO(Pole.vector(2), settings { $0.normalisesObservations = true })
        try learner.train(until: 200) { _ in true }
        let checkpoint = learner.checkpoint()
        let policy = try TrainedPolicy(checkpoint)
        var content = checkpoint.content
        content.metadata["hyperparameters"] = settings().text
        let plain = try TrainedPolicy(try Checkpoint(content))
        var (memory, other) = (policy.emptyMemory, plain.emptyMemory)
        for step in 0..<5 {
            let row = (0..<4).map { Float(step - $0) * 0.1 }
            var normalised = row
            learner.observationNormaliser.normalise(&normalised, count: 1)
            #expect(normalised != row)
            #expect(policy.outputs(for: row, memory: &memory) == plain.outputs(for: normalised, memory: &other))
        }
        #expect(memory == other && memory != policy.emptyMemory)
    }

    @Test("Numbers and masked actions are learnt with a memory, too; a memory of another policy counts as empty")
    func actions() throws {
        let aim = try PPO(
            Aim.vector(8),
            settings {
                $0.learningRate = .linear(from: 5e-3, to: 0)
                $0.totalSteps = 16_000
            })
        try aim.train(until: 16_000) { _ in true }
        guard case .continuous(let numbers) = try TrainedPolicy(aim.checkpoint()).greedyAction([1]) else {
            Issue.record("a discrete action in a box")
            return
        }
        #expect(abs(numbers[0] - 0.5) < 0.15)

        var rules = Walk.Rules()
        rules.allowed = 1
        let masked = try PPO(Walk.vector(rules), settings())
        try masked.train(until: 640) { _ in
            #expect((0..<64).allSatisfy { !masked.storage.isTransition[$0] || masked.storage.decisions[$0][0] == 1 })
            return true
        }
        let policy = try TrainedPolicy(masked.checkpoint())
        let row = (0..<6).map { 0.1 * Float($0) }
        var other = try TrainedPolicy(PPO(Pole.vector(1), settings { $0.recurrentUnits = 3 }).checkpoint()).emptyMemory
        var own = policy.emptyMemory
        #expect(policy.outputs(for: row, memory: &other) == policy.outputs(for: row, memory: &own))
        #expect(other == own)
        #expect(policy.outputs(for: row, memory: &own) != policy.outputs(for: row))
    }

    @Test("Minibatches are whole sequences: as many as have room, one at least, those that there are at most")
    func minibatches() throws {
        for (size, steps, count, expected) in [(256, 32, 8, 8), (255, 32, 8, 7), (1, 32, 8, 1), (1_000_000, 4, 3, 3)] {
            let settings = settings {
                $0.minibatchSize = size
                $0.stepsPerRound = steps
            }
            #expect(settings.sequencesOfMinibatch(of: count) == expected)
        }
        #expect(settings { $0.recurrentUnits = nil }.sequencesOfMinibatch(of: 8) == nil)
        let learner = try PPO(Walk.vector(Walk.Rules(), count: 5), settings())
        learner.shuffleSequences(by: 2)
        #expect(learner.slots.sorted() == Array(0..<160))
        // Two sequences step by step, two, and one.
        let first = learner.slots[0..<2].map { $0 % 5 }
        #expect(learner.slots[0..<64].enumerated().allSatisfy { $1 == $0 / 2 * 5 + first[$0 % 2] })
        #expect(Set(learner.slots[128..<160].map { $0 % 5 }).count == 1)
        // A round of one step, which for one of the two only resets, leaves all numbers finite.
        let short = try PPO(Walk.vector(Walk.Rules(), count: 1), settings { $0.stepsPerRound = 1 })
        try short.train(until: 20) { _ in true }
        #expect(short.parameters.elements.allSatisfy { $0.isFinite })
    }

    @Test("Settings without a memory have no key, so that files from before are what they were")
    func settingsText() throws {
        #expect(!PPOConfiguration().text.contains("recurrentUnits"))
        #expect(try PPOConfiguration().setting("recurrentUnits", to: "32").recurrentUnits == 32)
        #expect(throws: LearningError.self) { try PPOConfiguration().setting("recurrentUnits", to: "0") }
    }
}
