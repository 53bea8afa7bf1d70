// A policy and an observer of one's own: `swift run swift-examples`. docs/extending.md tells what else there is to add.

import ClassicControl
import Farm
import FarmPolicies
import Gymnasium
import Randomness

@main
enum SwiftExamples {
    static func main() async throws {
        try comparePolicies()
        try await observeEpisodes()
    }

    /// One's own policy beside two of the catalogue, on the same tasks.
    private static func comparePolicies() throws {
        let scenario = try Scenario.preset("burst")
        print("scenario \(scenario.name), seed 7\npolicy             in time  workers")
        let policies: [any FarmPolicy] = [
            LittlesLaw(), try PolicyCatalogue.policy("reactive-average"), try PolicyCatalogue.policy("static:12"),
        ]
        for policy in policies {
            let (qos, workers) = play(policy, scenario, seed: Seed(7))
            print("\(padded(policy.name, to: 18)) \(padded(rounded(qos), to: 8)) \(rounded(workers))")
        }
    }

    /// Four poles that are pushed to the right until they fall, listened to.
    private static func observeEpisodes() async throws {
        var registry = EnvironmentRegistry()
        ClassicControlRegistration.register(in: &registry)
        let poles = try await registry.makeVector(
            "faasfarm/CartPole-v1", EnvironmentRegistry.Arguments(), count: 4, autoresetMode: .sameStep)
        let returns = Returns()
        let listener = returns.listener(to: ObservedEnvironment(poles)) { error in print("no longer heard: \(error)") }
        let rows = ObservedRows.of(poles, [listener].compactMap(\.self))
        let buffers = RowBuffers(for: rows)
        try await rows.reset(
            seeds: (0..<4).map { Seed(UInt64($0)) }, mask: nil, options: [], into: buffers)
        buffers.actions.bindMemory(to: Int64.self).update(repeating: 1)
        for _ in 0..<50 { try await rows.step(actions: UnsafeRawBufferPointer(buffers.actions), into: buffers) }
        await rows.close()
        print("\(returns.all.count) episodes of CartPole-v1, pushed to the right: returns \(returns.all)")
    }

    private static func rounded(_ value: Double) -> String { String((value * 1_000).rounded() / 1_000) }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
