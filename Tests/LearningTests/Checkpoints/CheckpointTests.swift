import Foundation
import Gymnasium
import Randomness
import Testing

@testable import Learning

@Suite struct CheckpointTests {
    private func ppo(_ vector: any ImmediateRows) throws -> PPO {
        var settings = PPOConfiguration()
        settings.stepsPerRound = 16
        settings.minibatchSize = 24
        settings.epochs = 2
        settings.hidden = [8]
        settings.totalSteps = 2_000
        settings.learningRate = .linear(from: 1e-2, to: 0)
        settings.normalisesObservations = true
        settings.normalisesRewards = true
        return try PPO(vector, settings)
    }

    private func dqn(_ vector: any ImmediateRows) throws -> DoubleDQN {
        var settings = DoubleDQNConfiguration()
        settings.totalSteps = 2_000
        settings.replayCapacity = 300
        settings.learningStarts = 50
        settings.minibatchSize = 16
        settings.targetPeriod = 37
        settings.exploration = .perEpisode(from: 0.9, factor: 0.97, to: 0.1)
        settings.explorationExponent = 1
        settings.scalesObservations = true
        settings.hidden = [8, 8]
        return try DoubleDQN(vector, settings)
    }

    private func sarsa(_ vector: any ImmediateRows) throws -> SARSA {
        var settings = SARSAConfiguration()
        settings.features = .tiles(
            tilings: 4, perDimension: 3, low: [-2.4, -3, -0.3, -3], high: [2.4, 3, 0.3, 3])
        settings.totalSteps = 2_000
        settings.discount = 0.99
        settings.exploration = .perEpisode(from: 0.5, factor: 0.98, to: 0.05)
        return try SARSA(vector, settings)
    }

    private func folder() throws -> String {
        let path = NSTemporaryDirectory() + "learning-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    @Test(
        "Resuming from a file equals not having stopped: all arrays, counters and random numbers, in every autoreset mode",
        arguments: ["ppo", "double-dqn", "sarsa"], AutoresetMode.allCases)
    func resuming(algorithm: String, mode: AutoresetMode) throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func learner(_ checkpoint: Checkpoint?) throws -> any Learner {
            let vector = Pole.vector(3, mode: mode)
            switch (algorithm, checkpoint) {
            case ("ppo", let checkpoint?): return try PPO(vector, resuming: checkpoint)
            case ("double-dqn", let checkpoint?): return try DoubleDQN(vector, resuming: checkpoint)
            case ("sarsa", let checkpoint?): return try SARSA(vector, resuming: checkpoint)
            case ("ppo", nil): return try ppo(vector)
            case ("double-dqn", nil): return try dqn(vector)
            default: return try sarsa(vector)
            }
        }
        func bytes(_ checkpoint: Checkpoint) throws -> [UInt8] { try checkpoint.content.encoded() }

        let whole = try learner(nil)
        try whole.train(until: 600) { _ in true }
        try whole.checkpoint().save(to: folder + "/a.safetensors")
        var ends: [EpisodeEnd] = []
        try whole.train(until: 1_200) { progress in
            ends += progress.episodes
            return true
        }

        let resumed = try learner(Checkpoint(contentsOf: folder + "/a.safetensors"))
        #expect(resumed.stepCount == (algorithm == "ppo" ? 624 : 600))
        var resumedEnds: [EpisodeEnd] = []
        try resumed.train(until: 1_200) { progress in
            resumedEnds += progress.episodes
            return true
        }
        #expect(ends == resumedEnds && !ends.isEmpty)
        #expect(try bytes(whole.checkpoint()) == bytes(resumed.checkpoint()))
    }

    @Test("A checkpoint says where it is from: environment, arguments, spaces, scenario, algorithm, settings, counters")
    func origin() throws {
        let agent = try ppo(Walk.vector(Walk.Rules()))
        try agent.train(until: 64) { _ in true }
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try agent.checkpoint().save(to: folder + "/a.safetensors")
        let origin = try Checkpoint(contentsOf: folder + "/a.safetensors").origin
        #expect(origin.environmentID == "tests/Walk-v0")
        #expect(origin.arguments == [Value.Entry("length", 5)])
        #expect(origin.observationSpace == .box(Space.Box(shape: [6], low: [0], high: [1])))
        #expect(origin.actionSpace == .discrete(Space.Discrete(n: 2)))
        #expect(origin.scenarioSHA256 == Checkpoint.scenarioSHA256("walk"))
        #expect(origin.algorithm == "ppo" && origin.stepCount == 64)
        #expect(origin.hyperparameters.contains(#""stepsPerRound":16"#))
    }

    @Test("Spaces with infinite bounds and argument trees come back as they were")
    func texts() throws {
        for space in [
            Space.box(Space.Box(dtype: .float64, shape: [2, 1], low: [-.infinity, 0.1], high: [.infinity, 1e300])),
            .discrete(Space.Discrete(n: 5, start: -3)), .multiBinary(shape: [3]),
            .multiDiscrete(Space.MultiDiscrete(shape: [2], nvec: [3, 4], start: [0, -1])),
        ] {
            let text = try #require(SpaceText.text(space))
            #expect(SpaceText.space(text) == space)
        }
        let arguments = [
            Value.Entry("a", .dictionary(["x": 1, "y": .tuple([true, "text", 0.1])])),
            Value.Entry("b", .array(NDArray([1, 2] as [Float]))), Value.Entry("c", .number(.infinity)),
        ]
        #expect(ArgumentText.entries(ArgumentText.text(arguments)) == arguments)
    }

    @Test("A trained policy gives the network's outputs, normalised as in training, without an environment")
    func policy() throws {
        let agent = try ppo(Pole.vector(3))
        try agent.train(until: 480) { _ in true }
        let policy = try TrainedPolicy(agent.checkpoint())
        let row: [Float] = [0.1, -0.2, 0.03, 0.4]
        var normalised = row
        agent.observationNormaliser.normalise(&normalised, count: 1)
        let weights = Array(agent.parameters.elements[..<agent.policy.parameterCount])
        #expect(policy.outputs(for: row) == agent.policy.dense.outputs(weights, for: normalised))
        #expect(policy.observationWidth == 4)

        // Sampled actions follow the probabilities that the outputs stand for.
        let outputs = policy.outputs(for: row)
        let probability = 1 / (1 + exp(Double(outputs[0] - outputs[1])))
        var generator = PCG64(seed: Seed(7))
        let count = (0..<4_000).count { _ in policy.sampledAction(row, using: &generator) == .discrete(1) }
        #expect(abs(Double(count) / 4_000 - probability) < 5 * (probability * (1 - probability) / 4_000).squareRoot())
    }

    @Test("Every algorithm's policy is loaded from its file, and keeps to a mask")
    func policies() throws {
        for learner in [try ppo(Pole.vector(2)), try dqn(Pole.vector(2)), try sarsa(Pole.vector(2))] as [any Learner] {
            try learner.train(until: 200) { _ in true }
            let policy = try TrainedPolicy(learner.checkpoint())
            #expect(policy.origin.algorithm == learner.algorithm)
            for allowed in 0..<2 {
                let mask: [Int8] = allowed == 0 ? [1, 0] : [0, 1]
                #expect(policy.greedyAction([0, 0, 0, 0], mask: mask) == .discrete(Int64(allowed)))
            }
        }
    }

    @Test("A checkpoint of another algorithm, other spaces, or with an array missing or of another size is refused")
    func refusals() throws {
        let checkpoint = try ppo(Walk.vector(Walk.Rules())).checkpoint()
        #expect { try DoubleDQN(Walk.vector(Walk.Rules()), resuming: checkpoint) } throws: {
            ($0 as? LearningError)?.reason == .checkpoint
        }
        #expect { try PPO(Pole.vector(1), resuming: checkpoint) } throws: { ($0 as? LearningError)?.reason == .space }
        for name in checkpoint.content.tensors.keys {
            for replacement in [nil, SafeTensors.Tensor([1, 2, 3] as [UInt8])] {
                var damaged = checkpoint
                damaged.content.tensors[name] = replacement
                #expect(throws: LearningError.self, "\(name)") { try PPO(Walk.vector(Walk.Rules()), resuming: damaged) }
            }
        }
        for key in checkpoint.content.metadata.keys {
            var content = checkpoint.content
            content.metadata[key] = nil
            #expect(throws: LearningError.self, "\(key)") { try Checkpoint(content) }
        }
        #expect { try Checkpoint(contentsOf: "/nonexistent/a.safetensors") } throws: {
            ($0 as? LearningError)?.reason == .file
        }
    }
}
