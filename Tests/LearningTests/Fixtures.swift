import Foundation
import Gymnasium
import Randomness

/// A walk whose values are known: each step gives `reward`, and the episode ends after `length` steps, by termination or by
/// truncation. The observation tells the step where `showsStep` is set, and is 1 always otherwise.
final class Walk: SynchronousEnvironment {
    struct Rules {
        var length = 5
        var terminates = true
        var reward = 1.0
        var showsStep = true
        /// Of two actions: which the mask allows; nil: both.
        var allowed: Int?
        /// Added to the reward by action 1.
        var bonus = 0.0

        var width: Int { showsStep ? length + 1 : 1 }
    }

    private let rules: Rules
    private var step = 0

    init(_ rules: Rules) { self.rules = rules }

    var info: [Value.Entry] { [] }
    func render(mode: String) -> RenderedFrame? { nil }

    func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>) {
        for index in mask.indices { mask[index] = rules.allowed.map { $0 == index ? 1 : 0 } ?? 1 }
    }

    func reset(seed: Seed, observation: UnsafeMutableRawBufferPointer) {
        step = 0
        write(to: observation)
    }

    func step(action: UnsafeRawBufferPointer, observation: UnsafeMutableRawBufferPointer) -> Transition {
        let choice = action.loadUnaligned(as: Int64.self)
        step += 1
        write(to: observation)
        let isLast = step >= rules.length
        return Transition(
            reward: rules.reward + (choice == 1 ? rules.bonus : 0), terminated: isLast && rules.terminates,
            truncated: isLast && !rules.terminates)
    }

    private func write(to observation: UnsafeMutableRawBufferPointer) {
        for index in 0..<rules.width {
            let value: Float = !rules.showsStep || index == step ? 1 : 0
            observation.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
        }
    }

    static func vector(_ rules: Rules, count: Int = 2, mode: AutoresetMode = .nextStep) -> any ImmediateRows {
        SynchronousRows(
            (0..<count).map { _ in Walk(rules) },
            EnvironmentForm(
                spec: EnvironmentSpec(id: "tests/Walk-v0", description: "steps with known values"),
                observationSpace: .box(Space.Box(shape: [rules.width], low: [0], high: [1])),
                actionSpace: .discrete(Space.Discrete(n: 2)), layout: .vector(count: count, mode),
                arguments: [Value.Entry("length", .integer(Int64(rules.length)))], scenarioText: "walk",
                infoDetail: .ends, actionMaskCount: rules.allowed == nil ? 0 : 2), team: nil)
    }

    /// Σ of discounted rewards from a step on; without a step shown and with truncation, that of going on forever.
    static func value(_ rules: Rules, at step: Int, discount: Double) -> Double {
        if !rules.terminates { return rules.reward / (1 - discount) }
        return (step..<rules.length).reduce(0) { $0 + rules.reward * pow(discount, Double($1 - step)) }
    }
}

/// CartPole-v1 in its Gymnasium form.
final class Pole: SynchronousEnvironment {
    private var state = [0.0, 0, 0, 0]
    private var steps = 0

    var info: [Value.Entry] { [] }
    func render(mode: String) -> RenderedFrame? { nil }
    func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>) {}

    func reset(seed: Seed, observation: UnsafeMutableRawBufferPointer) {
        var generator = PCG64(seed: seed)
        state = (0..<4).map { _ in generator.nextDouble() * 0.1 - 0.05 }
        steps = 0
        write(to: observation)
    }

    func step(action: UnsafeRawBufferPointer, observation: UnsafeMutableRawBufferPointer) -> Transition {
        let force = action.loadUnaligned(as: Int64.self) == 1 ? 10.0 : -10.0
        let cosine = cos(state[2])
        let sine = sin(state[2])
        let push = (force + 0.05 * state[3] * state[3] * sine) / 1.1
        let turn = (9.8 * sine - cosine * push) / (0.5 * (4.0 / 3 - 0.1 * cosine * cosine / 1.1))
        let slide = push - 0.05 * turn * cosine / 1.1
        state = [
            state[0] + 0.02 * state[1], state[1] + 0.02 * slide, state[2] + 0.02 * state[3], state[3] + 0.02 * turn,
        ]
        steps += 1
        write(to: observation)
        let fell = abs(state[0]) > 2.4 || abs(state[2]) > 12 * Double.pi / 180
        return Transition(reward: 1, terminated: fell, truncated: steps >= 500)
    }

    private func write(to observation: UnsafeMutableRawBufferPointer) {
        for index in 0..<4 {
            observation.storeBytes(of: Float(state[index]), toByteOffset: 4 * index, as: Float.self)
        }
    }

    static func vector(_ count: Int, mode: AutoresetMode = .nextStep) -> any ImmediateRows {
        SynchronousRows(
            (0..<count).map { _ in Pole() },
            EnvironmentForm(
                spec: EnvironmentSpec(id: "tests/Pole-v0", description: "CartPole"),
                observationSpace: .box(
                    Space.Box(
                        shape: [4], low: [-4.8, -.infinity, -0.42, -.infinity], high: [4.8, .infinity, 0.42, .infinity])
                ), actionSpace: .discrete(Space.Discrete(n: 2)), layout: .vector(count: count, mode), infoDetail: .ends),
            team: nil)
    }
}

/// A point on a line that a number moves: the reward is highest where the number is 0.5.
final class Aim: SynchronousEnvironment {
    private var steps = 0
    var info: [Value.Entry] { [] }
    func render(mode: String) -> RenderedFrame? { nil }
    func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>) {}

    func reset(seed: Seed, observation: UnsafeMutableRawBufferPointer) {
        steps = 0
        observation.storeBytes(of: 1, as: Float.self)
    }

    func step(action: UnsafeRawBufferPointer, observation: UnsafeMutableRawBufferPointer) -> Transition {
        let distance = Double(action.loadUnaligned(as: Float.self)) - 0.5
        steps += 1
        observation.storeBytes(of: 1, as: Float.self)
        return Transition(reward: -distance * distance, terminated: steps >= 4, truncated: false)
    }

    static func vector(_ count: Int) -> any ImmediateRows {
        SynchronousRows(
            (0..<count).map { _ in Aim() },
            EnvironmentForm(
                spec: EnvironmentSpec(id: "tests/Aim-v0", description: "a number to find"),
                observationSpace: .box(Space.Box(shape: [1], low: [0], high: [1])),
                actionSpace: .box(Space.Box(shape: [1], low: [-1], high: [1])),
                layout: .vector(count: count, .sameStep), infoDetail: .ends), team: nil)
    }
}

/// A bit to remember: the first observation shows it, the last one asks for it, and those between are all alike. Worth 1 for
/// the right answer, -1 for the wrong one.
final class Recall: SynchronousEnvironment {
    /// Steps between the two observations.
    static let length = 4
    private var step = 0
    private var bit = 0
    private var generator = PCG64(seed: Seed(0))

    var info: [Value.Entry] { [] }
    func render(mode: String) -> RenderedFrame? { nil }
    func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>) {}

    static func observation(step: Int, bit: Int) -> [Float] {
        [step == 0 ? (bit == 1 ? 1 : -1) : 0, step == length ? 1 : 0]
    }

    func reset(seed: Seed, observation: UnsafeMutableRawBufferPointer) {
        generator = PCG64(seed: seed)
        step = 0
        bit = Int(generator.next() >> 63)
        write(to: observation)
    }

    func step(action: UnsafeRawBufferPointer, observation: UnsafeMutableRawBufferPointer) -> Transition {
        let isRight = Int(action.loadUnaligned(as: Int64.self)) == bit
        step += 1
        write(to: observation)
        let isLast = step > Recall.length
        return Transition(reward: isLast ? (isRight ? 1 : -1) : 0, terminated: isLast, truncated: false)
    }

    private func write(to observation: UnsafeMutableRawBufferPointer) {
        for (index, value) in Recall.observation(step: step, bit: bit).enumerated() {
            observation.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
        }
    }

    static func vector(_ count: Int, mode: AutoresetMode) -> any ImmediateRows {
        SynchronousRows(
            (0..<count).map { _ in Recall() },
            EnvironmentForm(
                spec: EnvironmentSpec(id: "tests/Recall-v0", description: "a bit to remember"),
                observationSpace: .box(Space.Box(shape: [2], low: [-1], high: [1])),
                actionSpace: .discrete(Space.Discrete(n: 2)), layout: .vector(count: count, mode), infoDetail: .ends),
            team: nil)
    }
}
