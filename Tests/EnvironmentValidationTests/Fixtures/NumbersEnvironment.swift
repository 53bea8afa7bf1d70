import Gymnasium
import Randomness

/// Observes the number its episode began with and the sum of the actions since; truncated after 40 steps, or sooner
/// where it is made so.
final class NumbersEnvironment: SynchronousEnvironment {
    static let spec = EnvironmentSpec(
        id: "test/Numbers-v0", description: "Adds.", maxEpisodeSteps: 40,
        arguments: [.init("factor", default: 1, "of the actions")], renderModes: ["ansi"])
    static let observationSpace = Space.box(.init(dtype: .float64, shape: [2], low: [0], high: [1e9]))

    private let factor: Int64
    private let limit: Int
    private var beginning = 0.0
    private var sum = 0.0
    private var steps = 0

    init(factor: Int64, limit: Int) {
        self.factor = factor
        self.limit = limit
    }

    func reset(seed: Seed, observation: UnsafeMutableRawBufferPointer) {
        var generator = PCG64(seed: seed)
        beginning = Double(generator.next() % 1_000_000)
        sum = 0
        steps = 0
        write(observation)
    }

    func step(action: UnsafeRawBufferPointer, observation: UnsafeMutableRawBufferPointer) -> Transition {
        sum += Double(action.loadUnaligned(as: Int64.self) * factor)
        steps += 1
        write(observation)
        return Transition(reward: sum, terminated: false, truncated: steps >= limit)
    }

    func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>) {}

    var info: [Value.Entry] { [.init("steps", .integer(Int64(steps)))] }

    func render(mode: String) -> RenderedFrame? { .text("\(sum)") }

    private func write(_ observation: UnsafeMutableRawBufferPointer) {
        observation.storeBytes(of: beginning, as: Double.self)
        observation.storeBytes(of: sum, toByteOffset: 8, as: Double.self)
    }

    static func registry(hasVectors: Bool = true) -> EnvironmentRegistry {
        let actionSpace = Space.discrete(.init(n: 4, start: 1))
        @Sendable func made(_ arguments: EnvironmentRegistry.Arguments) -> (NumbersEnvironment, [Value.Entry]) {
            let factor = arguments["factor"]?.int ?? 1
            let limit = min(spec.maxEpisodeSteps, arguments.maxEpisodeSteps ?? .max)
            return (NumbersEnvironment(factor: factor, limit: limit), [.init("factor", .integer(factor))])
        }
        var registry = EnvironmentRegistry()
        registry.register(spec) { arguments, layout in
            guard hasVectors || !layout.isVector else { throw EnvironmentError.noVectors(of: spec.id) }
            let form = EnvironmentForm(
                spec: spec, observationSpace: observationSpace, actionSpace: actionSpace, layout: layout,
                arguments: made(arguments).1, infoDetail: layout.isVector ? .ends : .full, expectedStepSeconds: 0.001)
            return SynchronousRows((0..<form.count).map { _ in made(arguments).0 }, form, team: nil)
        }
        return registry
    }
}
