import Gymnasium
import Randomness
import Testing

@testable import Learning

@Suite struct EnvironmentRunnerTests {
    private struct Step: Hashable {
        let before: Float
        let after: Float
        let reward: Double
        let terminated: Bool
        let truncated: Bool
    }

    /// Transitions of one sub-environment of a walk without the steps that only reset.
    private func transitions(_ mode: AutoresetMode, terminates: Bool, count: Int) throws -> [Step] {
        var rules = Walk.Rules()
        rules.length = 3
        rules.terminates = terminates
        let runner = try EnvironmentRunner(Walk.vector(rules, count: 2, mode: mode))
        try runner.begin(seeds: [Seed(1), Seed(2)])
        func place(_ rows: Rows<Float>) -> Float {
            (0..<runner.width).reduce(0) { $0 + Float($1) * rows[1][$1] }
        }
        var steps: [Step] = []
        while steps.count < count {
            let before = place(runner.observations)
            try runner.step([0, 1])
            guard runner.isTransition[1] else { continue }
            steps.append(
                Step(
                    before: before, after: place(runner.successors), reward: runner.rewards[1],
                    terminated: runner.terminated[1], truncated: runner.truncated[1]))
        }
        return steps
    }

    @Test("Transitions are the same in all autoreset modes, and end in the observation the episode ended with")
    func modes() throws {
        for terminates in [true, false] {
            let expected = (0..<12).map { index in
                let place = index % 3
                return Step(
                    before: Float(place), after: Float(place + 1), reward: 1, terminated: terminates && place == 2,
                    truncated: !terminates && place == 2)
            }
            for mode in AutoresetMode.allCases {
                #expect(try transitions(mode, terminates: terminates, count: 12) == expected, "\(mode)")
            }
        }
    }

    @Test("Gymnasium#1624: returns and lengths are right from the first episode to the last, in all autoreset modes")
    func report89_episodes() throws {
        var rules = Walk.Rules()
        rules.length = 3
        for mode in AutoresetMode.allCases {
            let runner = try EnvironmentRunner(Walk.vector(rules, count: 2, mode: mode))
            try runner.begin(seeds: [Seed(1), Seed(2)])
            for _ in 0..<20 { try runner.step([0, 0]) }
            let ends = runner.takeEpisodes()
            #expect(ends.count == 2 * (mode == .nextStep ? 5 : 6))
            #expect(ends.allSatisfy { $0.length == 3 && $0.episodicReturn == 3 })
            #expect(runner.takeEpisodes().isEmpty)
        }
    }

    @Test("MO-Gymnasium#54, gym#400: what is written of a decision is the action that was decided")
    func report94_actions() throws {
        let discrete = try ActionWriter(.discrete(Space.Discrete(n: 5, start: -2)))
        var integer: Int64 = 0
        for choice in 0..<5 {
            discrete.write([Float(choice)], into: &integer)
            #expect(integer == Int64(choice) - 2)
        }
        let box = try ActionWriter(.box(Space.Box(dtype: .float64, shape: [3], low: [-1, 0, -2], high: [1, 5, 2])))
        var numbers = [0.0, 0, 0]
        box.write([0.5, 7, -3], into: &numbers)
        #expect(numbers == [0.5, 5, -2])
        let floats = try ActionWriter(.box(Space.Box(shape: [1], low: [-2], high: [2])))
        var number: Float = 0
        floats.write([-9], into: &number)
        #expect(number == -2)
    }

    @Test("Observations of every kind become rows of finite floats")
    func observations() throws {
        func row(_ space: Space, _ array: NDArray) throws -> [Float] {
            let reader = try ObservationReader(space)
            var row = [Float](repeating: 9, count: reader.width)
            array.bytes.withUnsafeBytes { bytes in
                row.withUnsafeMutableBufferPointer { row in
                    if let base = row.baseAddress { reader.read(bytes, into: base) }
                }
            }
            return row
        }
        for dtype in DType.allCases where dtype != .bool {
            let array = try #require(NDArray(dtype: dtype, shape: [2], values: [1, 3]))
            let box = Space.box(Space.Box(dtype: dtype, shape: [2], low: [0], high: [9]))
            #expect(try row(box, array) == [1, 3], "\(dtype)")
        }
        let discrete = Space.discrete(Space.Discrete(n: 3, start: 4))
        let five = try #require(NDArray(dtype: .int64, shape: [], values: [5]))
        #expect(try row(discrete, five) == [0, 1, 0])
        let pair = Space.multiDiscrete(Space.MultiDiscrete(shape: [2], nvec: [2, 3], start: [0, 0]))
        let both = try #require(NDArray(dtype: .int64, shape: [2], values: [1, 2]))
        #expect(try row(pair, both) == [0, 1, 0, 0, 1])
        // stable-baselines3#364: a not-a-number in an observation must not reach the weights.
        #expect(try row(.box(Space.Box(shape: [2], low: [0], high: [1])), NDArray([.nan, .infinity])) == [0, 0])
    }

    @Test("Spaces that learners cannot work with are refused with what they are and what is wanted")
    func refusals() {
        let text = Space.text(Space.Text(minLength: 0, maxLength: 3, charset: "a"))
        for space in [text, .dict([]), .tuple([]), .box(Space.Box(shape: [0], low: [0], high: [1]))] {
            #expect(throws: LearningError.self) { try ObservationReader(space) }
        }
        for space in [text, .multiBinary(shape: [2]), .discrete(Space.Discrete(n: 0))] {
            #expect(throws: LearningError.self) { try ActionWriter(space) }
        }
    }
}
