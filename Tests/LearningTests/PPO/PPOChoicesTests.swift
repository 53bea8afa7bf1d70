import Gymnasium
import Randomness
import Testing

@testable import Learning

@Suite struct PPOChoicesTests {
    /// Two choices a step: the reward counts those that are right, the second of 5 and 6, the third of -1, 0 and 1.
    private final class Choices: SynchronousEnvironment {
        private var steps = 0
        let info: [Value.Entry] = []

        func render(mode: String) -> RenderedFrame? { nil }
        func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>) {}

        func reset(seed: Seed, observation: UnsafeMutableRawBufferPointer) {
            steps = 0
            observation.storeBytes(of: 1, as: Float.self)
        }

        func step(action: UnsafeRawBufferPointer, observation: UnsafeMutableRawBufferPointer) -> Transition {
            steps += 1
            let first: Double = action.loadUnaligned(as: Int64.self) == 6 ? 1 : 0
            let second: Double = action.loadUnaligned(fromByteOffset: 8, as: Int64.self) == 1 ? 1 : 0
            return Transition(reward: first + second, terminated: steps >= 4, truncated: false)
        }

        static func vector(_ count: Int) -> any ImmediateRows {
            SynchronousRows(
                (0..<count).map { _ in Choices() },
                EnvironmentForm(
                    spec: EnvironmentSpec(id: "tests/Choices-v0", description: "two choices"),
                    observationSpace: .box(Space.Box(shape: [1], low: [0], high: [1])),
                    actionSpace: .multiDiscrete(Space.MultiDiscrete(shape: [2], nvec: [2, 3], start: [5, -1])),
                    layout: .vector(count: count, .sameStep), infoDetail: .ends), team: nil)
        }
    }

    @Test("Several choices a step are learnt together, and taken by the policy that a checkpoint holds")
    func choices() throws {
        var settings = PPOConfiguration()
        settings.stepsPerRound = 32
        settings.learningRate = .constant(3e-3)
        let learner = try PPO(Choices.vector(8), settings)
        try learner.train(until: 8_000) { _ in true }
        let policy = try TrainedPolicy(learner.checkpoint())
        #expect(policy.greedyAction([1]) == .several([6, 1]))
        var generator = PCG64(seed: Seed(1))
        let right = (0..<100).count { _ in policy.sampledAction([1], using: &generator) == .several([6, 1]) }
        #expect(right > 80)
        var bytes = [UInt8](repeating: 0, count: 16)
        bytes.withUnsafeMutableBytes { policy.write(.several([6, 1]), into: $0) }
        #expect(bytes == [6, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
        // Goes on from the file as well.
        let again = try PPO(Choices.vector(8), resuming: learner.checkpoint())
        try again.train(until: again.stepCount + 256) { _ in true }
    }

    @Test("Choices without an alternative and too many actions: the first are fine, the others refused")
    func spaces() throws {
        let one = try ActionWriter(.multiDiscrete(Space.MultiDiscrete(shape: [2], nvec: [1, 1], start: [0, 0])))
        #expect(one.width == 2 && one.byteCount == 16)
        for nvec: [Int64] in [[], [0], [4_000, 4_000]] {
            let space = Space.MultiDiscrete(shape: [nvec.count], nvec: nvec, start: nvec.map { _ in 0 })
            #expect(throws: LearningError.self) { try ActionWriter(.multiDiscrete(space)) }
        }
    }
}
