import Gymnasium
import Randomness
import Testing

@testable import Learning

@Suite struct SARSATests {
    private func settings(_ width: Int, _ change: (inout SARSAConfiguration) -> Void = { _ in }) -> SARSAConfiguration {
        var settings = SARSAConfiguration()
        settings.features = .bins(edges: Array(repeating: [0.5], count: width))
        settings.discount = 0.9
        settings.stepSize = .linear(from: 0.5, to: 0.02)
        settings.totalSteps = 4_000
        settings.exploration = .constant(0.3)
        change(&settings)
        return settings
    }

    private func values(_ agent: SARSA, _ row: [Float]) -> [Float] {
        var features = Array(repeating: 0, count: agent.features.activeCount)
        agent.features.write(row, to: &features)
        return (0..<agent.actionCount).map { action in
            features.reduce(0) { $0 + agent.weights[$1 * agent.actionCount + action] }
        }
    }

    @Test(
        "Values on a walk that terminates are the sums of what is left, for any λ and trace",
        arguments: AutoresetMode.allCases, [0, 0.6, 0.95])
    func terminated(mode: AutoresetMode, lambda: Double) throws {
        let rules = Walk.Rules()
        for trace in [SARSAConfiguration.Trace.accumulating, .replacing] {
            let agent = try SARSA(
                Walk.vector(rules, mode: mode),
                settings(rules.width) {
                    $0.lambda = lambda
                    $0.trace = trace
                })
            try agent.train(until: 4_000) { _ in true }
            for step in 0..<rules.length {
                let row = (0..<rules.width).map { Float($0 == step ? 1 : 0) }
                let expected = Walk.value(rules, at: step, discount: 0.9)
                #expect(values(agent, row).allSatisfy { abs(Double($0) - expected) < 0.05 }, "step \(step)")
            }
        }
    }

    @Test("Values on a walk that is truncated are those of going on forever", arguments: AutoresetMode.allCases)
    func truncated(mode: AutoresetMode) throws {
        var rules = Walk.Rules()
        rules.terminates = false
        rules.showsStep = false
        rules.length = 4
        let agent = try SARSA(
            Walk.vector(rules, mode: mode),
            settings(rules.width) {
                $0.lambda = 0.5
                $0.trace = .accumulating
                $0.stepSize = .linear(from: 0.2, to: 0.01)
            })
        try agent.train(until: 10_000) { _ in true }
        #expect(values(agent, [1]).allSatisfy { abs($0 - 10) < 0.3 })
    }

    @Test("As the paper ran it, a termination is no end for the values; as it was meant, it is")
    func paperTermination() throws {
        var rules = Walk.Rules()
        rules.length = 1
        rules.showsStep = false
        for (ignores, expected) in [(true, Float(10)), (false, 1)] {
            let agent = try SARSA(
                Walk.vector(rules),
                settings(rules.width) {
                    $0.ignoresTermination = ignores
                    $0.lambda = 0
                    $0.stepSize = .constant(0.1)
                })
            try agent.train(until: 8_000) { _ in true }
            #expect(values(agent, [1]).allSatisfy { abs($0 - expected) < 0.3 })
        }
    }

    @Test("In a state never seen the paper's agent scales up, the other takes the first action")
    func ties() throws {
        var rules = Walk.Rules()
        rules.reward = 0
        for (prefersLast, expected) in [(true, Float(1)), (false, 0)] {
            let agent = try SARSA(
                Walk.vector(rules, count: 1),
                settings(rules.width) {
                    $0.exploration = .constant(0)
                    $0.prefersLast = prefersLast
                })
            try agent.train(until: 2) { _ in true }
            #expect(agent.decisions[0] == expected)
            let policy = try TrainedPolicy(agent.checkpoint())
            #expect(policy.greedyAction([0, 0, 0, 0, 0, 1]) == .discrete(Int64(expected)))
        }
    }

    @Test("hill-a/stable-baselines#722: rewards that never differ leave weights finite, and masks are kept to")
    func report98_degenerate() throws {
        var rules = Walk.Rules()
        rules.allowed = 1
        let agent = try SARSA(Walk.vector(rules), settings(rules.width) { $0.exploration = .constant(1) })
        try agent.train(until: 10_000) { _ in true }
        #expect(agent.weights.allSatisfy { $0.isFinite })
        #expect(stride(from: 0, to: agent.weights.count, by: 2).allSatisfy { agent.weights[$0] == 0 })
    }

    @Test("Equal seeds give equal weights; what cannot be tiled or binned is refused with what to do")
    func reproducibleAndRefusals() throws {
        func weights(_ seed: UInt64) throws -> [Float] {
            let agent = try SARSA(Walk.vector(Walk.Rules()), settings(6) { $0.seed = seed })
            try agent.train(until: 500) { _ in true }
            return agent.weights
        }
        let first = try weights(1)
        #expect(try weights(1) == first)
        #expect(try weights(2) != first)
        // The pole's speeds have no bounds.
        #expect {
            try SARSA(Pole.vector(1), SARSAConfiguration())
        } throws: {
            ($0 as? LearningError)?.reason == .configuration
        }
        #expect(throws: LearningError.self) { try SARSA(Walk.vector(Walk.Rules()), settings(3)) }
        #expect(throws: LearningError.self) { try SARSA(Aim.vector(1), SARSAConfiguration()) }
    }
}
