import Dispatch
import Gymnasium
import Randomness
import Synchronization

/// What happened to the environments of a test.
final class EnvironmentLog: Sendable {
    struct Counts: Sendable, Equatable {
        var made = 0
        var resets = 0
        /// Begun, and come to their end.
        var begunSteps = 0
        var steps = 0
        var closed = 0
        var closedUnderCancellation = 0
        var lastAction: Int64?
        var lastSeed: Seed?
    }

    private let counts = Mutex(Counts())

    var now: Counts { counts.withLock { $0 } }

    func note(_ change: (inout Counts) -> Void) { counts.withLock { change(&$0) } }
}

/// Counts its steps; its observation is their number in the episode. A vector of them counts in every row, and a step takes as
/// long as that of one.
final class CounterEnvironment: EnvironmentRows {
    static let description = EnvironmentSpec(
        id: "test/Counter-v0", description: "Counts.",
        arguments: [
            .init("horizon", default: 5, "steps until truncation"),
            .init("delay", default: 0.0, "seconds a step takes"),
            .init("make_delay", default: 0.0, "seconds a make takes"),
            .init("close_delay", default: 0.0, "seconds a close takes, whatever happens"),
            .init("vectors", default: false, "whether there are vectors of it"),
            .init("failure", default: "", "what a step does: crash, nan, backend, terminate"),
        ],
        renderModes: ["ansi", "rgb_array"])

    struct Crash: Error {}

    let form: EnvironmentForm
    private(set) var seeds: [Seed]
    private let log: EnvironmentLog
    private var steps = 0

    init(_ arguments: EnvironmentRegistry.Arguments, _ layout: RowLayout, _ log: EnvironmentLog) throws {
        if let delay = arguments["make_delay"], delay.double == nil {
            throw EnvironmentError(.badArgument(name: "make_delay"), "make_delay is a number of seconds")
        }
        form = EnvironmentForm(
            spec: CounterEnvironment.description,
            observationSpace: .box(.init(shape: [1], low: [0], high: [1_000_000])), actionSpace: .discrete(.init(n: 3)),
            layout: layout, arguments: arguments.entries, scenarioText: "a counter",
            expectedStepSeconds: arguments["delay"]?.double ?? 0, expectedResetSeconds: 0.001, isReproducible: false)
        seeds = Array(repeating: Seed(0), count: layout.count)
        self.log = log
        log.note { $0.made += 1 }
    }

    private func argument(_ name: String) -> Value? { arguments.first { $0.key == name }?.value }

    nonisolated(nonsending) func reset(
        seeds given: [Seed?], mask: [Bool]?, options: [Value.Entry], into buffers: RowBuffers
    ) async throws {
        if let option = options.first {
            throw EnvironmentError(.badArgument(name: option.key), "there is no option \(option.key)")
        }
        seeds = given.map { $0 ?? .random() }
        steps = 0
        log.note {
            $0.resets += 1
            $0.lastSeed = seeds[0]
        }
        write(reward: 0, terminated: false, truncated: false, to: buffers)
    }

    nonisolated(nonsending) func step(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) async throws {
        log.note { $0.begunSteps += 1 }
        if expectedStepSeconds > 0 { try await Task.sleep(for: .seconds(expectedStepSeconds)) }
        let failure = argument("failure")?.string ?? ""
        if failure == "crash" { throw Crash() }
        if failure == "backend" { throw EnvironmentError(.backendUnavailable, "the gateway is away", row: row) }
        steps += 1
        log.note {
            $0.steps += 1
            $0.lastAction = actions.loadUnaligned(as: Int64.self)
        }
        write(
            reward: failure == "nan" ? .nan : 0.5, terminated: failure == "terminate",
            truncated: steps >= (argument("horizon")?.int ?? 5), to: buffers)
    }

    /// The last row is the one that fails.
    private var row: Int? { form.layout.isVector ? form.count - 1 : nil }

    private func write(reward: Double, terminated: Bool, truncated: Bool, to buffers: RowBuffers) {
        for index in 0..<form.count {
            buffers.observation(at: index).storeBytes(of: Float(steps), as: Float.self)
            buffers.rewards[index] = reward
            buffers.terminations[index] = terminated
            buffers.truncations[index] = truncated
        }
    }

    func info(at index: Int) -> [Value.Entry] {
        if steps == 0 { return [] }
        return [.init("action_mask", .array(NDArray([Int8(1), 1, 0]))), .init("steps", .integer(Int64(steps)))]
    }

    nonisolated(nonsending) func render(at index: Int, mode: String) async throws -> RenderedFrame? {
        if mode == "ansi" { return .text("step \(steps)") }
        guard let frame = NDArray(dtype: .uint8, shape: [1, 1, 3], bytes: [1, 2, 3]) else { throw Crash() }
        return .image(frame)
    }

    nonisolated(nonsending) func close() async {
        let seconds = argument("close_delay")?.double ?? 0
        if seconds > 0 {
            await withCheckedContinuation { done in
                DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { done.resume() }
            }
        }
        let isCancelled = Task.isCancelled
        log.note {
            $0.closed += 1
            if isCancelled { $0.closedUnderCancellation += 1 }
        }
    }

    static func registry(_ log: EnvironmentLog) -> EnvironmentRegistry {
        var registry = EnvironmentRegistry()
        registry.register(description) { arguments, layout in
            if layout.isVector, arguments["vectors"] != true { throw EnvironmentError.noVectors(of: description.id) }
            if let seconds = arguments["make_delay"]?.double, seconds > 0 {
                try await Task.sleep(for: .seconds(seconds))
            }
            return try CounterEnvironment(arguments, layout, log)
        }
        return registry
    }
}
