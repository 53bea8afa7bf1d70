import Gymnasium
import Randomness
import Testing

@testable import ClassicControl

@Suite("Control problems with time limit and random numbers")
struct ControlEnvironmentTests {
    /// Plays at random; gives all observations, each with the step of its episode.
    private func play<Problem: ControlProblem>(
        _ environment: ControlEnvironment<Problem>, seed: Seed, steps: Int, action: (inout PCG64) -> Problem.Action
    ) throws -> (observations: [NDArray], lengths: [Int]) {
        var generator = PCG64(seed: seed)
        let count = try #require(Problem.observationSpace.arrayForm).elementCount
        var observation = [Float](repeating: .nan, count: count)
        observation.withUnsafeMutableBytes { environment.reset(seed: seed, observation: $0) }
        var observations = [NDArray(observation)]
        var lengths: [Int] = []
        for _ in 0..<steps {
            let action = action(&generator)
            let transition = withUnsafeBytes(of: action) { action in
                observation.withUnsafeMutableBytes { environment.step(action: action, observation: $0) }
            }
            observations.append(NDArray(observation))
            guard transition.isLast else { continue }
            lengths.append(environment.steps)
            let hasBegun = observation.withUnsafeMutableBytes { environment.resetContinuing(observation: $0) }
            #expect(hasBegun)
            #expect(environment.steps == 0)
            observations.append(NDArray(observation))
        }
        return (observations, lengths)
    }

    private func check<Problem: ControlProblem>(
        _: Problem.Type, action: (inout PCG64) -> Problem.Action
    ) throws {
        for seed in (0..<5).map({ Seed(UInt64($0)) }) {
            let environment = ControlEnvironment(try Problem(), maxEpisodeSteps: 90)
            let (observations, lengths) = try play(environment, seed: seed, steps: 600, action: action)
            for observation in observations {
                #expect(throws: Never.self) { try Problem.observationSpace.element(from: .array(observation)) }
            }
            #expect(lengths.count >= 6)
            #expect(lengths.allSatisfy { $0 <= 90 })
            let again = try play(
                ControlEnvironment(try Problem(), maxEpisodeSteps: 90), seed: seed, steps: 600, action: action)
            #expect(again.observations == observations)
            let other = try play(
                ControlEnvironment(try Problem(), maxEpisodeSteps: 90), seed: seed.advanced(by: 1), steps: 10,
                action: action)
            #expect(other.observations[0] != observations[0])
        }
    }

    @Test("Observations are elements of the space, the same for the same seed, and episodes end by the limit")
    func properties() throws {
        try check(CartPole.self) { Int64($0.next() >> 63) }
        try check(PositionOnlyCartPole.self) { Int64($0.next() >> 63) }
        try check(MountainCar.self) { Int64($0.next() % 3) }
        try check(Acrobot.self) { Int64($0.next() % 3) }
        try check(Pendulum.self) { Float(4 * $0.nextDouble() - 2) }
    }

    @Test("The extremes: an engine at full power, a torque that never changes")
    func extremes() throws {
        try check(MountainCar.self) { _ in 0 }
        try check(Acrobot.self) { _ in 2 }
        try check(Pendulum.self) { _ in 2 }
    }

    @Test("Before the first seed there are no random numbers to go on with")
    func noSeed() throws {
        let environment = ControlEnvironment(try MountainCar())
        var observation: [Float] = [9, 9]
        let hasBegun = observation.withUnsafeMutableBytes { environment.resetContinuing(observation: $0) }
        #expect(!hasBegun)
        #expect(observation == [9, 9])
    }

    @Test("An acrobot begins with numbers that float32 has, as in Gymnasium")
    func acrobotBeginning() throws {
        var problem = try Acrobot()
        var generator = PCG64(seed: Seed(123))
        problem.begin(within: Acrobot.startBounds, using: &generator)
        // default_rng(123).uniform(-0.1, 0.1, 4).astype(numpy.float32)
        let expected: [Float] = [0.036470372, -0.0892358, -0.055928025, -0.06312564]
        #expect((0..<4).map { problem.state[$0] } == expected.map(Double.init))
    }

    @Test("One line shows the state in the mode ansi")
    func render() throws {
        let environment = ControlEnvironment(try Pendulum())
        var observation = [Float](repeating: 0, count: 3)
        observation.withUnsafeMutableBytes { environment.reset(seed: Seed(3), observation: $0) }
        guard case .text(let text) = environment.render(mode: "ansi") else {
            Issue.record("no text")
            return
        }
        // default_rng(3).uniform([-pi, -1], [pi, 1]) is [-2.60344307, -0.52637899].
        #expect(text == "faasfarm/Pendulum-v1, step 0: pendulum at -149.166°, -0.526 rad/s")
        #expect(environment.render(mode: "human") == nil)
    }
}
