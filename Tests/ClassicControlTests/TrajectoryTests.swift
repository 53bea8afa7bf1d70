import ClassicControl
import Gymnasium
import Randomness
import Testing

@Suite("Same seeds, same trajectories as in Gymnasium")
struct TrajectoryTests {
    private let registry = {
        var registry = EnvironmentRegistry()
        ClassicControlRegistration.register(in: &registry)
        return registry
    }()

    /// The platform's sines may differ from those of the machine where the trajectories were made.
    private let tolerance = 1e-5

    private func action(_ number: Double, of space: Space) -> Value {
        if case .discrete = space { .integer(Int64(number)) } else { .array(NDArray([Float(number)])) }
    }

    private func numbers(_ value: Value) -> [Double] {
        if case .array(let array) = value { array.doubles } else { [] }
    }

    @Test("Single environments", arguments: Trajectory.names)
    func single(name: String) async throws {
        let trajectories = try Trajectory.all(name)
        #expect(trajectories.count == 3)
        for trajectory in trajectories {
            let environment = SingleEnvironment(try await registry.make("faasfarm/" + name, .init()))
            var seed = Seed(decimal: trajectory.seed)
            var resets = trajectory.resets
            for index in 0..<trajectory.count {
                if resets.first?.step == index {
                    let begun = try await environment.reset(seed: seed, options: [])
                    #expect(distance(numbers(begun.observation), resets.removeFirst().observation) < tolerance)
                    #expect(begun.seed.description == trajectory.seed, "the seed stays in force")
                    #expect(begun.info.isEmpty)
                    seed = nil
                }
                let expected = trajectory[index]
                let got = try await environment.step(action(expected.action, of: environment.form.actionSpace))
                try #require(
                    distance(numbers(got.observation) + [got.reward], expected.observation + [expected.reward])
                        < tolerance, "step \(index) of \(name), seed \(trajectory.seed)")
                try #require((got.terminated, got.truncated) == (expected.terminated, expected.truncated))
            }
            await environment.close()
        }
    }

    @Test("Vectors, each sub-environment with a seed of its own", arguments: Trajectory.names)
    func vectors(name: String) async throws {
        let trajectories = try Trajectory.all(name)
        let vector = try await registry.makeVector(
            "faasfarm/" + name, .init(), count: trajectories.count, autoresetMode: .disabled)
        let buffers = RowBuffers(for: vector)
        let steps = try #require(trajectories.map(\.count).min())
        for index in 0..<steps {
            let resets = trajectories.map { $0.resets.first { $0.step == index } }
            if resets.contains(where: { $0 != nil }) {
                let seeds = trajectories.map { index == 0 ? Seed(decimal: $0.seed) : nil }
                let inForce = try vector.resetNow(
                    seeds: seeds, mask: index == 0 ? nil : resets.map { $0 != nil }, into: buffers)
                #expect(inForce.map(\.description) == trajectories.map(\.seed))
                for case (let row, let reset?) in resets.enumerated() {
                    #expect(distance(observation(row, buffers), reset.observation) < tolerance)
                }
            }
            let expected = trajectories.map { $0[index] }
            try step(vector, expected.map(\.action), buffers)
            for (row, expected) in expected.enumerated() {
                try #require(
                    distance(
                        observation(row, buffers) + [buffers.rewards[row]], expected.observation + [expected.reward])
                        < tolerance, "step \(index) of \(name), row \(row)")
                try #require(buffers.terminations[row] == expected.terminated)
                try #require(buffers.truncations[row] == expected.truncated)
            }
        }
    }

    private func observation(_ row: Int, _ buffers: RowBuffers) -> [Double] {
        buffers.observation(at: row).bindMemory(to: Float.self).map(Double.init)
    }

    private func step(_ vector: any ImmediateRows, _ actions: [Double], _ buffers: RowBuffers) throws {
        if case .discrete = vector.actionSpace {
            try actions.map { Int64($0) }.withUnsafeBytes { try vector.stepNow(actions: $0, into: buffers) }
        } else {
            try actions.map { Float($0) }.withUnsafeBytes { try vector.stepNow(actions: $0, into: buffers) }
        }
    }
}
