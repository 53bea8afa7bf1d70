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

    @Test("Tiles: neighbours share most tilings, strangers none, and every feature index is within the count")
    func tiles() throws {
        let coder = FeatureCoder.tiles(tilings: 8, perDimension: 8, low: [-1, 0], high: [1, 10])
        let features = try FittedFeatures(coder, spaceLow: [-9, -9], spaceHigh: [9, 9])
        #expect(features.count == 8 * 9 * 9 && features.activeCount == 8)
        func active(_ x: Float, _ y: Float) -> Set<Int> {
            var indices = Array(repeating: 0, count: 8)
            features.write([x, y], to: &indices)
            #expect(Set(indices).count == 8 && indices.allSatisfy { 0..<features.count ~= $0 })
            return Set(indices)
        }
        #expect(active(0.3, 4) == active(0.3, 4))
        // A move by an eighth of a tile changes one tiling of eight.
        #expect(active(0.3, 4).intersection(active(0.3 + 0.25 / 8, 4)).count == 7)
        #expect(active(0.3, 4).isDisjoint(with: active(0.3 + 0.25, 4)))
        #expect(active(-.infinity, 1e9) == active(-1, 10))
        _ = active(1, 10)
    }

    @Test("The paper's table has 53,760 states, and its bins are where the paper's code has them")
    func paperBins() throws {
        let features = try FittedFeatures(
            .paperBins, spaceLow: Array(repeating: 0, count: 9), spaceHigh: Array(repeating: 1, count: 9))
        #expect(features.count == 53_760 && features.activeCount == 1)
        func state(_ row: [Float]) -> Int {
            var indices = [0]
            features.write(row, to: &indices)
            return indices[0]
        }
        let first: [Float] = [3, 0, 0, 0, 12, 1.5, 1.5, 0, 1]
        // The ignored elements change nothing, the others do once an edge is passed.
        #expect(state(first) == state([3, 0, 7, 900, 12, 1.5, 99, 0, 1]))
        for (element, value) in [(0, Float(2)), (1, 1), (4, 13), (5, 2.5), (7, 2), (8, 0.97)] {
            var row = first
            row[element] = value
            #expect(state(row) != state(first), "element \(element)")
        }
        var row = first
        row[4] = 12.4
        #expect(state(row) == state(first))
    }

    @Test("hill-a/stable-baselines#722: rewards that never differ leave weights finite, and masks are kept to")
    func degenerate() throws {
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
            try SARSA(Pole.vector(1), .mountainCar)
        } throws: {
            ($0 as? LearningError)?.reason == .configuration
        }
        #expect(throws: LearningError.self) { try SARSA(Walk.vector(Walk.Rules()), settings(3)) }
        #expect(throws: LearningError.self) { try SARSA(Aim.vector(1), .mountainCar) }
        for (name, preset) in SARSAConfiguration.presets {
            #expect(throws: Never.self, "\(name)") { try preset.validate() }
        }
    }
}
