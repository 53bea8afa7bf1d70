import ClassicControl
import Gymnasium
import Randomness
import Testing

@Suite("Classic control in a registry")
struct ClassicControlRegistrationTests {
    private let registry = {
        var registry = EnvironmentRegistry()
        ClassicControlRegistration.register(in: &registry)
        return registry
    }()

    @Test("Limits and thresholds are Gymnasium's")
    func specs() {
        #expect(
            registry.specs.map(\.id) == [
                "faasfarm/Acrobot-v1", "faasfarm/CartPole-v1", "faasfarm/MountainCar-v0", "faasfarm/Pendulum-v1",
                "faasfarm/PositionOnlyCartPole-v1",
            ])
        #expect(registry.specs.map(\.maxEpisodeSteps) == [500, 500, 200, 200, 500])
        #expect(registry.specs.map(\.rewardThreshold) == [-100, 475, -110, nil, 475])
        #expect(registry.specs.allSatisfy { !$0.nondeterministic && $0.renderModes == ["ansi", "rgb_array"] })
    }

    @Test("Bounds are Gymnasium's, which are float32")
    func spaces() throws {
        #expect(
            CartPole.observationSpace
                == .box(
                    .init(
                        shape: [4], low: [Double(Float(-4.8)), -.infinity, Double(Float(-0.41887903)), -.infinity],
                        high: [Double(Float(4.8)), .infinity, Double(Float(0.41887903)), .infinity])))
        #expect(
            MountainCar.observationSpace
                == .box(
                    .init(
                        shape: [2], low: [Double(Float(-1.2)), Double(Float(-0.07))],
                        high: [Double(Float(0.6)), Double(Float(0.07))])))
        #expect(
            Acrobot.observationSpace
                == .box(
                    .init(
                        shape: [6], low: [-1, -1, -1, -1, Double(Float(-12.566371)), Double(Float(-28.274334))],
                        high: [1, 1, 1, 1, Double(Float(12.566371)), Double(Float(28.274334))])))
        #expect(Pendulum.observationSpace == .box(.init(shape: [3], low: [-1, -1, -8], high: [1, 1, 8])))
        #expect(Pendulum.actionSpace == .box(.init(shape: [1], low: [-2], high: [2])))
        #expect(MountainCar.actionSpace == .discrete(.init(n: 3)))
    }

    @Test("A shorter limit truncates, a longer one does not apply", arguments: [(1, 1), (7, 7), (201, 200)])
    func limit(asked: Int, kept: Int) async throws {
        let environment = SingleEnvironment(
            try await registry.make("faasfarm/MountainCar-v0", .init(maxEpisodeSteps: asked)))
        #expect(environment.form.spec.maxEpisodeSteps == kept)
        _ = try await environment.reset(seed: Seed(1), options: [])
        for step in 1...kept {
            #expect(try await environment.step(1).truncated == (step == kept))
        }
        await #expect(throws: EnvironmentError.self) { try await environment.step(1) }
        let vector = try await registry.makeVector(
            "faasfarm/MountainCar-v0", .init(maxEpisodeSteps: asked), count: 2, autoresetMode: .sameStep)
        #expect(vector.spec.maxEpisodeSteps == kept)
    }

    @Test("Arguments are Gymnasium's, with their defaults told")
    func arguments() async throws {
        let plain = SingleEnvironment(try await registry.make("faasfarm/CartPole-v1", .init()))
        #expect(plain.form.arguments == [.init("sutton_barto_reward", false)])
        let made = SingleEnvironment(try await registry.make("faasfarm/Pendulum-v1", .init(entries: [.init("g", 9)])))
        #expect(made.form.arguments == [.init("g", .number(9))])
        let wrong: [(String, String, Value)] = [
            ("CartPole-v1", "sutton_barto_reward", 1), ("Pendulum-v1", "g", "ten"), ("Pendulum-v1", "g", .number(.nan)),
            ("MountainCar-v0", "goal_velocity", .number(.infinity)), ("Acrobot-v1", "book_or_nips", "nips"),
        ]
        for (name, key, value) in wrong {
            let error = await #expect(throws: EnvironmentError.self) {
                SingleEnvironment(try await registry.make("faasfarm/" + name, .init(entries: [.init(key, value)])))
            }
            #expect(error?.reason == .badArgument(name: key))
        }
    }

    @Test("A goal velocity that no car reaches keeps it on the road; gravity changes a pendulum's fall")
    func effects() async throws {
        let car = SingleEnvironment(
            try await registry.make(
                "faasfarm/MountainCar-v0", .init(entries: [.init("goal_velocity", 0.08)])))
        var observation = try await car.reset(seed: Seed(7), options: []).observation
        var reachedGoal = false
        for _ in 0..<200 {
            guard case .array(let array) = observation else { break }
            let result = try await car.step(array.doubles[1] >= 0 ? 2 : 0)
            observation = result.observation
            #expect(!result.terminated)
            if case .array(let array) = observation, array.doubles[0] >= 0.5 { reachedGoal = true }
        }
        #expect(reachedGoal)

        var velocities: [Double] = []
        for g in [0.0, 10.0] {
            let pendulum = SingleEnvironment(
                try await registry.make("faasfarm/Pendulum-v1", .init(entries: [.init("g", .number(g))])))
            guard case .array(let before) = try await pendulum.reset(seed: Seed(2), options: []).observation,
                case .array(let after) = try await pendulum.step(.array(NDArray([Float(0)]))).observation
            else { return }
            // The acceleration is 3/2 g sin(angle).
            #expect(abs(after.doubles[2] - before.doubles[2] - 1.5 * g * before.doubles[1] * 0.05) < 1e-6)
            velocities.append(after.doubles[2])
        }
        #expect(velocities[0] != velocities[1])
    }

    @Test("A cart without its velocities is a cart: the same places, angles, rewards and ends", arguments: [nil, 3])
    func positions(count: Int?) async throws {
        let (width, steps) = (count ?? 1, 120)
        func rows(_ name: String) async throws -> any ImmediateRows {
            let arguments = EnvironmentRegistry.Arguments(entries: [.init("sutton_barto_reward", true)])
            guard let count else {
                return try #require(try await registry.make("faasfarm/" + name, arguments) as? any ImmediateRows)
            }
            return try await registry.makeVector(
                "faasfarm/" + name, arguments, count: count, autoresetMode: .sameStep)
        }
        let (whole, part) = (try await rows("CartPole-v1"), try await rows("PositionOnlyCartPole-v1"))
        #expect(part.arguments == whole.arguments && part.actionSpace == whole.actionSpace)
        let (all, some) = (RowBuffers(for: whole), RowBuffers(for: part))
        let seeds = (0..<width).map { Seed(UInt64(40 + $0)) }
        try whole.resetNow(seeds: seeds, into: all)
        try part.resetNow(seeds: seeds, into: some)
        func numbers(_ buffers: RowBuffers, _ index: Int) -> [Float] {
            buffers.observation(at: index).withMemoryRebound(to: Float.self) { Array($0) }
        }
        var ends = 0
        var generator = PCG64(seed: Seed(7))
        for step in 0..<steps {
            for index in 0..<width {
                let four = numbers(all, index)
                #expect(numbers(some, index) == [four[0], four[2]], "step \(step)")
            }
            let actions = (0..<width).map { _ in Int64(generator.next() >> 63) }
            try actions.withUnsafeBytes { try whole.stepNow(actions: $0, into: all) }
            try actions.withUnsafeBytes { try part.stepNow(actions: $0, into: some) }
            #expect(Array(all.rewards) == Array(some.rewards) && Array(all.terminations) == Array(some.terminations))
            ends += all.terminations.count { $0 }
            if count == nil, all.terminations[0] { break }
        }
        #expect(ends > 0)
    }

    @Test("Large vectors give the same on several threads as single environments do")
    func threads() async throws {
        let vector = try await registry.makeVector(
            "faasfarm/Acrobot-v1", .init(), count: 300, autoresetMode: .nextStep)
        let buffers = RowBuffers(for: vector)
        try vector.resetNow(seeds: (0..<300).map { Seed(UInt64($0)) }, into: buffers)
        let single = SingleEnvironment(try await registry.make("faasfarm/Acrobot-v1", .init()))
        _ = try await single.reset(seed: Seed(299), options: [])
        for step in 0..<40 {
            let action = Int64(step % 3)
            try [Int64](repeating: action, count: 300).withUnsafeBytes {
                try vector.stepNow(actions: $0, into: buffers)
            }
            guard case .array(let observation) = try await single.step(.integer(action)).observation else { return }
            #expect(observation.bytes == Array(buffers.observation(at: 299)))
        }
    }
}
