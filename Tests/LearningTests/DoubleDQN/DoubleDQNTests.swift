import Gymnasium
import Randomness
import Testing

@testable import Learning

@Suite struct DoubleDQNTests {
    private func settings(_ change: (inout DoubleDQNConfiguration) -> Void = { _ in }) -> DoubleDQNConfiguration {
        var settings = DoubleDQNConfiguration()
        settings.totalSteps = 6_000
        settings.replayCapacity = 1_000
        settings.learningStarts = 100
        settings.trainingPeriod = 4
        settings.gradientSteps = 2
        settings.minibatchSize = 32
        settings.discount = 0.9
        settings.learningRate = .linear(from: 5e-3, to: 1e-4)
        settings.exploration = .constant(0.5)
        settings.targetPeriod = 40
        settings.hidden = [16]
        change(&settings)
        return settings
    }

    private func values(_ agent: DoubleDQN, _ row: [Float]) -> [Float] {
        agent.network.outputs(agent.parameters.elements, for: row)
    }

    @Test("Values on a walk that terminates are the sums of what is left", arguments: AutoresetMode.allCases)
    func terminated(mode: AutoresetMode) throws {
        let rules = Walk.Rules()
        let agent = try DoubleDQN(Walk.vector(rules, mode: mode), settings())
        try agent.train(until: 6_000) { _ in true }
        for step in 0..<rules.length {
            let row = (0..<rules.width).map { Float($0 == step ? 1 : 0) }
            let expected = Walk.value(rules, at: step, discount: 0.9)
            #expect(values(agent, row).allSatisfy { abs(Double($0) - expected) < 0.2 }, "step \(step)")
        }
    }

    @Test("Values on a walk that is truncated are those of going on forever", arguments: AutoresetMode.allCases)
    func truncated(mode: AutoresetMode) throws {
        var rules = Walk.Rules()
        rules.terminates = false
        rules.showsStep = false
        rules.length = 4
        let agent = try DoubleDQN(Walk.vector(rules, mode: mode), settings { $0.targetPeriod = 20 })
        try agent.train(until: 8_000) { _ in true }
        #expect(values(agent, [1]).allSatisfy { abs($0 - 10) < 0.6 })
    }

    @Test("The action that follows is chosen by the learning network and valued by the target network")
    func doubleEstimator() throws {
        // One transition into a state where the two networks differ about the best action.
        for (isDouble, expected) in [(true, Float(1 + 0.9 * 2)), (false, 1 + 0.9 * 7)] {
            var rules = Walk.Rules()
            rules.showsStep = false
            rules.terminates = false
            let agent = try DoubleDQN(
                Walk.vector(rules, count: 1),
                settings {
                    $0.isDouble = isDouble
                    $0.hidden = []
                    $0.minibatchSize = 1
                })
            try agent.act()
            let biases = agent.network.layers[0].biases
            for index in 0..<agent.network.parameterCount {
                agent.parameters[index] = 0
                agent.targets[index] = 0
            }
            agent.parameters[biases] = 5
            agent.targets[biases] = 2
            agent.targets[biases + 1] = 7
            agent.drawn[0] = 0
            let observation: Float = 1
            agent.successors[0][0] = observation
            agent.computeTargets(1)
            #expect(abs(agent.targetValues[0] - expected) < 1e-5)
        }
    }

    @Test("The loss is half the square of errors up to the bound and linear beyond; without a bound it is the square")
    func loss() throws {
        for (bound, reward, slope) in [(1.0, 0.5, -0.5), (1, 9, -1), (2, -9, 2), (nil, 9, -9), (nil, -0.5, 0.5)]
            as [(Double?, Double, Double)]
        {
            var rules = Walk.Rules()
            rules.length = 1
            rules.reward = reward
            rules.showsStep = false
            let agent = try DoubleDQN(
                Walk.vector(rules, count: 1),
                settings {
                    $0.errorBound = bound
                    $0.hidden = []
                    $0.minibatchSize = 4
                    $0.maxGradientNorm = 100
                })
            try agent.act()
            for index in 0..<agent.network.parameterCount { agent.parameters[index] = 0 }
            var losses = LossSum()
            agent.learn(&losses)
            let bias = agent.network.layers[0].biases + agent.replay[0].action
            #expect(abs(Double(agent.optimiser.gradients[bias]) - slope) < 1e-6)
            let size = abs(reward)
            let expected = bound.map { size <= $0 ? 0.5 * size * size : $0 * (size - 0.5 * $0) } ?? 0.5 * size * size
            #expect(abs((losses.metrics["losses/td_loss"] ?? 0) - expected) < 1e-5)
        }
    }

    @Test("Forbidden actions are neither taken nor valued as following")
    func masks() throws {
        var rules = Walk.Rules()
        rules.allowed = 0
        rules.showsStep = false
        rules.length = 1_000
        let agent = try DoubleDQN(
            Walk.vector(rules),
            settings {
                $0.exploration = .constant(1)
                $0.targetPeriod = 20
            })
        // The forbidden action looks better than anything.
        let last = agent.network.layers[agent.network.layers.count - 1]
        agent.parameters[last.biases + 1] = 1_000
        agent.targets[last.biases + 1] = 1_000
        try agent.train(until: 6_000) { _ in true }
        #expect((0..<agent.replay.count).allSatisfy { agent.replay[$0].action == 0 })
        #expect(abs(values(agent, [1])[0] - 10) < 1)
        #expect(agent.parameters.elements.allSatisfy { $0.isFinite })
    }

    @Test("stable-baselines3#265, hill-a/stable-baselines#722: minibatches of one, equal rewards: weights stay finite")
    func report97_98_degenerate() throws {
        for reward in [0.0, 1] {
            var rules = Walk.Rules()
            rules.reward = reward
            let agent = try DoubleDQN(Walk.vector(rules), settings { $0.minibatchSize = 1 })
            try agent.train(until: 3_000) { _ in true }
            #expect(agent.parameters.elements.allSatisfy { $0.isFinite })
        }
    }

    @Test("A random action goes on for as long as was drawn, and not into another episode")
    func bouts() throws {
        var rules = Walk.Rules()
        rules.length = 150
        let agent = try DoubleDQN(
            Walk.vector(rules, count: 1, mode: .sameStep),
            settings {
                $0.exploration = .constant(1)
                $0.explorationExponent = 0
                $0.replayCapacity = 15_000
            })
        for _ in 0..<15_000 { try agent.act() }
        let changes = (1..<15_000).filter { agent.replay[$0].action != agent.replay[$0 - 1].action }
        // Bouts of 1 to 100 steps, 50.5 on the mean, cut at 100 ends of episodes: 230 to 400; half of them change the action.
        #expect(90...220 ~= changes.count, "\(changes.count)")
        #expect(changes.contains { $0 % 150 == 0 })
        for exponent in [0, 2.0] {
            let durations = ExplorationDurations(exponent: exponent)
            var generator = PCG64(seed: Seed(1))
            let drawn = (0..<20_000).map { _ in durations.draw(using: &generator) }
            let ones = Double(drawn.count { $0 == 1 }) / 20_000
            #expect(abs(ones - (exponent == 0 ? 0.01 : 1 / 1.63498)) < 0.012)
            #expect(drawn.allSatisfy { 1...100 ~= $0 } && drawn.contains(exponent == 0 ? 100 : 2))
        }
    }

    @Test("Observations are scaled by their space's bounds, in training and in the trained policy")
    func scaled() throws {
        let agent = try DoubleDQN(Pole.vector(2), settings { $0.scalesObservations = true })
        for _ in 0..<30 { try agent.act() }
        // The bounds are ± 4.8 and ± 0.42; speeds have none.
        let policy = try TrainedPolicy(agent.checkpoint())
        let scaled = policy.outputs(for: [2.4, 0.5, -0.21, -0.7])
        let expected = values(agent, [0.5, 0.5, -0.5, -0.7])
        for (got, wanted) in zip(scaled, expected) { #expect(abs(got - wanted) < 1e-4) }
        for index in 0..<agent.replay.count {
            #expect(abs(agent.replay[index].observation[2]) <= 1 && abs(agent.replay[index].successor[0]) <= 1)
        }
        #expect((0..<agent.replay.count).contains { abs(agent.replay[$0].observation[2]) > 0.24 })
    }

    @Test("Equal seeds give equal weights, byte for byte; another seed gives others")
    func reproducible() throws {
        func weights(_ seed: UInt64) throws -> [Float] {
            let agent = try DoubleDQN(Pole.vector(2), settings { $0.seed = seed })
            try agent.train(until: 600) { _ in true }
            return agent.parameters.elements
        }
        let first = try weights(1)
        #expect(try weights(1) == first)
        #expect(try weights(2) != first)
    }

    @Test("Settings out of range and continuous actions are refused; presets are not")
    func refusals() {
        for change in [
            { $0.replayCapacity = 0 }, { $0.trainingPeriod = 0 }, { $0.minibatchSize = 0 }, { $0.discount = -1 },
            { $0.targetPeriod = 0 }, { $0.errorBound = 0 }, { $0.targetFraction = 2 }, { $0.gradientSteps = -1 },
            { $0.explorationExponent = -1 },
        ] as [(inout DoubleDQNConfiguration) -> Void] {
            #expect { try DoubleDQN(Walk.vector(Walk.Rules()), settings(change)) } throws: {
                ($0 as? LearningError)?.reason == .configuration
            }
        }
        #expect { try DoubleDQN(Aim.vector(1), settings()) } throws: { ($0 as? LearningError)?.reason == .space }
    }
}
