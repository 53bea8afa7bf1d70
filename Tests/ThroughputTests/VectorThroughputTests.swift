import ClassicControl
import Foundation
import Gymnasium
import Testing

@testable import Throughput

@Suite("How fast environments step")
struct VectorThroughputTests {
    @Test("The figures of a repetition, as an object for programs", arguments: ActionPattern.allCases)
    func figures(_ pattern: ActionPattern) async throws {
        var registry = EnvironmentRegistry()
        ClassicControlRegistration.register(in: &registry)
        let vector = try await registry.makeVector(
            "faasfarm/MountainCar-v0", EnvironmentRegistry.Arguments(entries: []), count: 2, autoresetMode: .nextStep)
        let text = VectorThroughput(vector, steps: 5, team: ThreadTeam(threads: 1)).measure(pattern, episodes: 100)
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        #expect(object?["policy"] as? String == pattern.rawValue)
        #expect(object?["num_envs"] as? Int == 2)
        #expect((object?["env_steps_per_second"] as? Double ?? 0) > 0)
    }
}
