import Evaluation
import Gymnasium
import Learning
import Randomness
import Testing

@Suite struct EnvironmentEvaluatorTests {
    /// An episode as long as its seed says, from 1 to 7 steps, each worth the seed.
    private final class Lengths: SynchronousEnvironment {
        private var left = 0
        private var worth = 0.0
        let info: [Value.Entry] = []

        func render(mode: String) -> RenderedFrame? { nil }
        func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>) {}

        func reset(seed: Seed, observation: UnsafeMutableRawBufferPointer) {
            var generator = PCG64(seed: seed)
            left = 1 + Int(generator.next() % 7)
            worth = Double(generator.next() % 100)
            observation.storeBytes(of: 1, as: Float.self)
        }

        func step(action: UnsafeRawBufferPointer, observation: UnsafeMutableRawBufferPointer) -> Transition {
            left -= 1
            return Transition(reward: worth, terminated: left <= 0, truncated: false)
        }

        static func vector(_ count: Int, mode: AutoresetMode = .disabled, actions: Int64 = 2) -> any ImmediateRows {
            SynchronousRows(
                (0..<count).map { _ in Lengths() },
                EnvironmentForm(
                    spec: EnvironmentSpec(id: "tests/Lengths-v0", description: "episodes of known lengths"),
                    observationSpace: .box(Space.Box(shape: [1], low: [0], high: [1])),
                    actionSpace: .discrete(Space.Discrete(n: actions)), layout: .vector(count: count, mode),
                    infoDetail: .ends), team: nil)
        }
    }

    private static func policy() throws -> TrainedPolicy {
        let learner = try PPO(Lengths.vector(1, mode: .sameStep), PPOConfiguration())
        return try TrainedPolicy(learner.checkpoint())
    }

    @Test(
        "Episode i has the seed first + i, on however many sub-environments the episodes are spread",
        arguments: [1, 3, 8])
    func seeds(count: Int) throws {
        let evaluator = try EnvironmentEvaluator(Lengths.vector(count), firstSeed: 40, episodes: 20)
        let result = try evaluator.run(Self.policy(), name: "agent")
        for episode in 0..<20 {
            var generator = PCG64(seed: Seed(UInt64(40 + episode)))
            let length = 1 + Int(generator.next() % 7)
            #expect(result.lengths[episode] == length)
            #expect(result.returns[episode] == Double(length) * Double(generator.next() % 100))
        }
        // Again, on a vector that has been used.
        #expect(try evaluator.run(Self.policy(), name: "agent") == result)
    }

    /// Numbers that the seed gives, up to 12 of them; worth what the action is.
    private final class Numbers: SynchronousEnvironment {
        private var generator = PCG64(seed: Seed(0))
        private var left = 0
        let info: [Value.Entry] = []

        func render(mode: String) -> RenderedFrame? { nil }
        func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>) {}

        func reset(seed: Seed, observation: UnsafeMutableRawBufferPointer) {
            generator = PCG64(seed: seed)
            left = 6 + Int(generator.next() % 7)
            write(to: observation)
        }

        func step(action: UnsafeRawBufferPointer, observation: UnsafeMutableRawBufferPointer) -> Transition {
            left -= 1
            write(to: observation)
            return Transition(
                reward: Double(action.loadUnaligned(as: Float.self)), terminated: left <= 0, truncated: false)
        }

        private func write(to observation: UnsafeMutableRawBufferPointer) {
            observation.storeBytes(of: Float(2 * generator.nextDouble() - 1), as: Float.self)
        }

        static func vector(_ count: Int) -> any ImmediateRows {
            SynchronousRows(
                (0..<count).map { _ in Numbers() },
                EnvironmentForm(
                    spec: EnvironmentSpec(id: "tests/Numbers-v0", description: "numbers of a seed"),
                    observationSpace: .box(Space.Box(shape: [1], low: [-1], high: [1])),
                    actionSpace: .box(Space.Box(shape: [1], low: [-1], high: [1])),
                    layout: .vector(count: count, .disabled), infoDetail: .ends), team: nil)
        }
    }

    @Test(
        "A recurrent agent remembers each episode for itself, and nothing of the one before", arguments: [1, 3, 8])
    func memories(count: Int) throws {
        var settings = PPOConfiguration()
        settings.recurrentUnits = 6
        let policy = try TrainedPolicy(try PPO(Numbers.vector(1), settings).checkpoint())
        let evaluator = try EnvironmentEvaluator(Numbers.vector(count), firstSeed: 40, episodes: 20)
        let result = try evaluator.run(policy, name: "agent")
        var differs = false
        for episode in 0..<20 {
            var generator = PCG64(seed: Seed(UInt64(40 + episode)))
            let length = 6 + Int(generator.next() % 7)
            var memory = policy.emptyMemory
            var (expected, forgetful) = (0.0, 0.0)
            for _ in 0..<length {
                let row = [Float(2 * generator.nextDouble() - 1)]
                guard case .continuous(let action) = policy.greedyAction(row, memory: &memory),
                    case .continuous(let other) = policy.greedyAction(row)
                else { return }
                expected += Double(Float(action[0]))
                forgetful += other[0]
            }
            #expect(result.lengths[episode] == length)
            #expect(result.returns[episode] == expected)
            differs = differs || abs(expected - forgetful) > 1e-6
        }
        #expect(differs)
    }

    @Test("Vectors that reset by themselves, no episodes and other spaces are refused")
    func refusals() throws {
        #expect(throws: EvaluationError.autoresets(got: "next_step")) {
            try EnvironmentEvaluator(Lengths.vector(1, mode: .nextStep), firstSeed: 1, episodes: 1)
        }
        #expect(throws: EvaluationError.self) {
            try EnvironmentEvaluator(Lengths.vector(1), firstSeed: 1, episodes: 0)
        }
        let other = try EnvironmentEvaluator(Lengths.vector(1, actions: 3), firstSeed: 1, episodes: 1)
        #expect(throws: LearningError.self) { try other.run(Self.policy(), name: "agent") }
    }

    @Test("The report has mean, interval and deviation of returns and lengths, and a row for each episode")
    func reports() throws {
        let result = EnvironmentResult(
            environment: "tests/Lengths-v0", episodes: 2, seed: 7,
            policies: [EnvironmentResult.Policy(policy: "a \"b\"", returns: [1, 3], lengths: [10, 20])])
        let json = try EnvironmentReport.json(result)
        #expect(json.contains(#""return": {"mean": 2.0, "low": "#))
        #expect(json.contains(#""length": {"mean": 15.0, "low": "#))
        #expect(
            EnvironmentReport.csv(result)
                == "policy,seed,return,length,provenance\n\"a \"\"b\"\"\",7,1.0,10,simulated\n"
                + "\"a \"\"b\"\"\",8,3.0,20,simulated\n")
        #expect(try EnvironmentReport.table(result).contains("tests/Lengths-v0, simulated, 2 episodes, seeds from 7"))
    }
}
