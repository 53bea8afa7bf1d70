import Gymnasium
import Randomness

/// A small reproducible environment: each step throws dice, and an episode ends when they say so or after a limit.
struct DiceEnvironment {
    static let id = "tests/Dice-v0"
    static let observationSpace = Space.box(Space.Box(shape: [2], low: [0], high: [1]))
    static let actionSpace = Space.discrete(Space.Discrete(n: 3))
    static let spec = EnvironmentSpec(
        id: id, description: "dice",
        arguments: [
            EnvironmentSpec.Argument("ends", default: 0.1, "chance that a step is the last"),
            EnvironmentSpec.Argument("goes_on", default: false, "go on with the random numbers of the last episode"),
            EnvironmentSpec.Argument("info", default: "full", "full, ends or none"),
        ])

    /// The environment itself, on bytes.
    final class Dice: SynchronousEnvironment {
        private let ends: Double
        private let goesOn: Bool
        private let limit: Int
        /// Moved by resets alone, as in Gymnasium's classic control, so that a count of resets brings it back.
        private var resets: PCG64?
        private var generator: PCG64?
        private var step = 0
        private var last = 0.0

        init(ends: Double, goesOn: Bool, limit: Int) {
            self.ends = ends
            self.goesOn = goesOn
            self.limit = limit
        }

        func reset(seed: Seed, observation: UnsafeMutableRawBufferPointer) {
            resets = PCG64(seed: seed)
            begin(observation)
        }

        func resetContinuing(observation: UnsafeMutableRawBufferPointer) -> Bool {
            guard goesOn, resets != nil else { return false }
            begin(observation)
            return true
        }

        func step(action: UnsafeRawBufferPointer, observation: UnsafeMutableRawBufferPointer) -> Transition {
            let action = Double(Int64(littleEndian: action.loadUnaligned(as: Int64.self)))
            step += 1
            roll(observation)
            let isEnd = next() < ends
            return Transition(reward: last * action - 0.1, terminated: isEnd, truncated: !isEnd && step == limit)
        }

        func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>) {
            for index in mask.indices { mask[index] = index == step % 3 ? 0 : 1 }
        }

        var info: [Value.Entry] { [Value.Entry("step", .integer(Int64(step)))] }

        func render(mode: String) -> RenderedFrame? { nil }

        private func begin(_ observation: UnsafeMutableRawBufferPointer) {
            step = 0
            generator = (resets?.next()).map { PCG64(seed: Seed($0)) }
            roll(observation)
        }

        private func roll(_ observation: UnsafeMutableRawBufferPointer) {
            last = next()
            observation.storeBytes(of: Float(last), as: Float.self)
            observation.storeBytes(of: Float(next()), toByteOffset: 4, as: Float.self)
        }

        private func next() -> Double { generator?.nextDouble() ?? 0 }
    }

    /// Makes it, alone and in vectors.
    static var registry: EnvironmentRegistry {
        var registry = EnvironmentRegistry()
        registry.register(spec) { arguments, layout in
            let form = EnvironmentForm(
                spec: spec, observationSpace: observationSpace, actionSpace: actionSpace, layout: layout,
                arguments: arguments.entries, infoDetail: detail(arguments) ?? (layout.isVector ? .ends : .full),
                actionMaskCount: layout.isVector ? 3 : 0)
            return SynchronousRows((0..<form.count).map { _ in dice(arguments) }, form)
        }
        return registry
    }

    private static func dice(_ arguments: EnvironmentRegistry.Arguments) -> Dice {
        Dice(
            ends: arguments["ends"]?.double ?? 0.1, goesOn: arguments["goes_on"] == true,
            limit: arguments.maxEpisodeSteps ?? 20)
    }

    private static func detail(_ arguments: EnvironmentRegistry.Arguments) -> InfoDetail? {
        arguments["info"]?.string.flatMap(InfoDetail.init(rawValue:))
    }

    static let form = EnvironmentForm(
        spec: spec, observationSpace: observationSpace, actionSpace: actionSpace)
}
