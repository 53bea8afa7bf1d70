import Gymnasium
import Randomness
import Testing

@testable import ClassicControl

@Suite("Options of resets")
struct StartBoundsTests {
    private func first<Problem: ControlProblem>(
        _ environment: ControlEnvironment<Problem>, _ options: [Value.Entry], seed: Seed? = Seed(123)
    ) throws -> [Float] {
        let count = try #require(Problem.observationSpace.arrayForm).elementCount
        var observation = [Float](repeating: .nan, count: count)
        if !options.isEmpty { try environment.accept(options) }
        observation.withUnsafeMutableBytes {
            if let seed {
                environment.reset(seed: seed, observation: $0)
            } else {
                _ = environment.resetContinuing(observation: $0)
            }
        }
        return observation
    }

    @Test("First states are between the bounds of their reset, and later ones between the usual")
    func bounds() throws {
        let cart = ControlEnvironment(try CartPole())
        // default_rng(123).uniform(0.5, 2, 4)
        let drawn = try first(cart, [.init("high", 2), .init("low", 0.5)])
        for (one, other) in zip(drawn, [1.523_527_8, 0.580_731_53, 0.830_539_8, 0.776_557_7]) {
            #expect(abs(Double(one) - other) < 1e-6)
        }
        #expect(try first(cart, [], seed: nil).allSatisfy { abs($0) <= 0.05 })
        #expect(try first(cart, [.init("low", 0.01), .init("high", 0.01)]) == [0.01, 0.01, 0.01, 0.01])
        let car = ControlEnvironment(try MountainCar())
        #expect(try first(car, [.init("low", 0.25), .init("high", .number(0.25))]) == [0.25, 0])
        #expect(try first(car, [], seed: nil)[0] <= -0.4)
        let pendulum = ControlEnvironment(try Pendulum())
        #expect(try first(pendulum, [.init("x_init", 0), .init("y_init", 0)]) == [1, 0, 0])
        #expect(try abs(first(pendulum, [.init("y_init", 0)], seed: nil)[2]) == 0)
    }

    @Test("What is no option, no number or no interval is refused by name, and changes nothing")
    func refusals() throws {
        func refused<Problem: ControlProblem>(
            _ problem: Problem, _ options: [Value.Entry], _ name: String
        ) throws {
            let environment = ControlEnvironment(problem)
            let error = #expect(throws: EnvironmentError.self) { try environment.accept(options) }
            #expect(error?.reason == .badArgument(name: name))
            #expect(try first(environment, []) == first(ControlEnvironment(problem), []))
        }
        try refused(try CartPole(), [.init("x_init", 1)], "x_init")
        try refused(try CartPole(), [.init("low", 0), .init("lower", 1)], "lower")
        try refused(try Acrobot(), [.init("low", "a")], "low")
        try refused(try Acrobot(), [.init("high", .number(.nan))], "high")
        try refused(try MountainCar(), [.init("low", .number(-.infinity))], "low")
        try refused(try MountainCar(), [.init("low", 0.1)], "low")
        try refused(try CartPole(), [.init("low", .number(-1e308)), .init("high", .number(1e308))], "low")
        try refused(try Pendulum(), [.init("x_init", .number(-1))], "x_init")
        try refused(try Pendulum(), [.init("y_init", .number(1e308))], "y_init")
        try refused(try Pendulum(), [.init("low", 0)], "low")
    }

    @Test("Absurd first states are stepped and drawn like others")
    func extremes() throws {
        func play<Problem: ControlProblem>(_ problem: Problem, _ options: [Value.Entry], _ action: Problem.Action)
            throws
        {
            let environment = ControlEnvironment(problem)
            var observation = try first(environment, options)
            for _ in 0..<5 {
                withUnsafeBytes(of: action) { action in
                    _ = observation.withUnsafeMutableBytes { environment.step(action: action, observation: $0) }
                }
                guard case .image(let image) = environment.render(mode: "rgb_array") else {
                    Issue.record("no picture")
                    return
                }
                #expect(image.shape == [Problem.pictureHeight, Problem.pictureWidth, 3])
            }
        }
        for huge in [1e4, 1e30, 4e307] {
            let interval: [Value.Entry] = [.init("high", .number(huge)), .init("low", .number(-huge))]
            try play(try CartPole(), interval, 1)
            try play(try MountainCar(), interval, 2)
            try play(try Acrobot(), interval, 0)
            try play(try Pendulum(), [.init("x_init", .number(huge)), .init("y_init", .number(huge))], 1)
        }
    }
}
