import Gymnasium
import Randomness
import Synchronization

/// Observes the number its episode began with and the sum of the actions since; ends at a sum of 5 (terminated) or
/// after 4 steps (truncated). While the sum is even, the mask of the action 2 is 0.
final class CountingEnvironment: SynchronousEnvironment {
    static let id = "test/Counting-v0"
    static let spec = EnvironmentSpec(
        id: id, description: "Counts.", rewardThreshold: 3, arguments: [.init("info", default: "full", "which infos")],
        renderModes: ["ansi"])
    static let observationSpace = Space.box(.init(dtype: .int32, shape: [2], low: [-1e6], high: [1e6]))
    static let actionSpace = Space.discrete(.init(n: 3))

    /// Steps of all environments of a test.
    private let stepCount: StepCount
    private var beginning: Int32 = 0
    private var sum: Int32 = 0
    private var steps = 0

    init(_ stepCount: StepCount) {
        self.stepCount = stepCount
    }

    func reset(seed: Seed, observation: UnsafeMutableRawBufferPointer) {
        beginning = Int32(truncatingIfNeeded: seed.words[0] % 1_000)
        sum = 0
        steps = 0
        write(observation)
    }

    func step(action: UnsafeRawBufferPointer, observation: UnsafeMutableRawBufferPointer) -> Transition {
        sum += Int32(action.loadUnaligned(as: Int64.self))
        steps += 1
        stepCount.add()
        write(observation)
        return Transition(reward: Double(sum) / 4, terminated: sum >= 5, truncated: steps >= 4)
    }

    func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>) {
        for (index, isAllowed) in self.mask.enumerated() { mask[index] = isAllowed }
    }

    var info: [Value.Entry] {
        var info: [Value.Entry] = [
            .init("action_mask", .array(NDArray(mask))),
            .init("nested", .dictionary(["beginning": .integer(Int64(beginning)), "half": .number(Double(sum) / 2)])),
            .init("steps", .integer(Int64(steps))),
        ]
        if steps == 2 { info.append(.init("word", .text("two"))) }
        return info
    }

    func render(mode: String) -> RenderedFrame? { mode == "ansi" ? .text("sum \(sum)") : nil }

    private var mask: [Int8] { [1, 1, sum.isMultiple(of: 2) ? 0 : 1] }

    private func write(_ observation: UnsafeMutableRawBufferPointer) {
        observation.storeBytes(of: beginning, as: Int32.self)
        observation.storeBytes(of: sum, toByteOffset: 4, as: Int32.self)
    }

    static func vector(
        _ count: Int, _ mode: AutoresetMode, _ infoDetail: InfoDetail = .full, _ steps: StepCount = StepCount(),
        expectedStepSeconds: Double = 0.01
    ) -> SynchronousRows<CountingEnvironment> {
        rows(.vector(count: count, mode), infoDetail, steps, expectedStepSeconds: expectedStepSeconds)
    }

    private static func rows(
        _ layout: RowLayout, _ infoDetail: InfoDetail, _ steps: StepCount, expectedStepSeconds: Double
    ) -> SynchronousRows<CountingEnvironment> {
        let form = EnvironmentForm(
            spec: spec, observationSpace: observationSpace, actionSpace: actionSpace, layout: layout,
            arguments: [.init("info", .text(infoDetail.rawValue))], infoDetail: infoDetail,
            actionMaskCount: layout.isVector ? 3 : 0, expectedStepSeconds: expectedStepSeconds)
        return SynchronousRows((0..<form.count).map { _ in CountingEnvironment(steps) }, form, team: nil)
    }

    /// - Parameters:
    ///   - hasVectors: whether there are vectors of it.
    ///   - expectedStepSeconds: what it says that a step takes.
    static func registry(
        _ steps: StepCount, hasVectors: Bool, expectedStepSeconds: Double = 0.01
    ) -> EnvironmentRegistry {
        var registry = EnvironmentRegistry()
        @Sendable func detail(_ arguments: EnvironmentRegistry.Arguments) -> InfoDetail {
            arguments["info"]?.string.flatMap(InfoDetail.init) ?? .full
        }
        registry.register(spec) { arguments, layout in
            guard hasVectors || !layout.isVector else { throw EnvironmentError.noVectors(of: spec.id) }
            return rows(layout, detail(arguments), steps, expectedStepSeconds: expectedStepSeconds)
        }
        return registry
    }
}

/// How often something was stepped, from whichever thread.
final class StepCount: Sendable {
    private let count = Atomic(0)

    var now: Int { count.load(ordering: .acquiring) }

    func add() { count.wrappingAdd(1, ordering: .acquiringAndReleasing) }
}
