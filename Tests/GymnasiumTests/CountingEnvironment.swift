import Gymnasium
import Randomness

/// Observes the number its episode began with and the sum of the actions since; ends at a sum of 5 (terminated) or after 4
/// steps (truncated).
final class CountingEnvironment: SynchronousEnvironment {
    static let observationSpace = Space.box(.init(dtype: .int32, shape: [2], low: [-1e6], high: [1e6]))
    static let spec = EnvironmentSpec(id: "test/Counting-v0", description: "", renderModes: ["ansi"])

    /// Whether episodes without a seed begin with the last one's number + 1000, and not with one of a new seed.
    private let isContinuing: Bool
    private let dtype: DType
    private var beginning: Int32?
    private var sum: Int32 = 0
    private var steps = 0

    /// - Parameter dtype: of the actions: int64, or another for the sum of all elements of an int8 or float32 array.
    init(isContinuing: Bool = false, dtype: DType = .int64) {
        self.isContinuing = isContinuing
        self.dtype = dtype
    }

    func reset(seed: Seed, observation: UnsafeMutableRawBufferPointer) {
        begin(Int32(truncatingIfNeeded: seed.words[0] % 1_000), observation)
    }

    func resetContinuing(observation: UnsafeMutableRawBufferPointer) -> Bool {
        guard isContinuing, let beginning else { return false }
        begin(beginning + 1_000, observation)
        return true
    }

    func step(action: UnsafeRawBufferPointer, observation: UnsafeMutableRawBufferPointer) -> Transition {
        switch dtype {
        case .int8: for element in action.bindMemory(to: Int8.self) { sum += Int32(element) }
        case .float32: for element in action.bindMemory(to: Float.self) { sum += Int32(element) }
        default: sum += Int32(action.loadUnaligned(as: Int64.self))
        }
        steps += 1
        write(observation)
        return Transition(reward: Double(sum), terminated: sum >= 5, truncated: steps >= 4)
    }

    func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>) {}

    var info: [Value.Entry] { [.init("steps", .integer(Int64(steps)))] }

    func render(mode: String) -> RenderedFrame? { mode == "ansi" ? .text("sum \(sum)") : nil }

    private func begin(_ number: Int32, _ observation: UnsafeMutableRawBufferPointer) {
        beginning = number
        sum = 0
        steps = 0
        write(observation)
    }

    private func write(_ observation: UnsafeMutableRawBufferPointer) {
        observation.storeBytes(of: beginning ?? -1, as: Int32.self)
        observation.storeBytes(of: sum, toByteOffset: 4, as: Int32.self)
    }
}
