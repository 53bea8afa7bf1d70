import Episodes
import Gymnasium
import Randomness
import Testing

/// A vector of dice that is recorded, and what it answered, kept beside the recording.
final class RecordedVector {
    /// An episode as the agent saw it.
    struct Seen: Equatable {
        var seed: Seed
        var observations: [[UInt8]]
        var actions: [Int64] = []
        var rewards: [Double] = []
        var ending = EpisodeStatus.running
    }

    private(set) var seen: [Seen] = []
    private let vector: any ImmediateRows
    private let buffers: RowBuffers
    private var current: [Seen]
    private var isOver: [Bool]
    private var generator = PCG64(seed: Seed(99))

    init(
        _ store: EpisodeStore, count: Int, mode: AutoresetMode, arguments: [Value.Entry] = [],
        onFailure: @escaping @Sendable (any Error) -> Void = { _ in }
    ) async throws {
        let dice = try await DiceEnvironment.registry.makeVector(
            DiceEnvironment.id, EnvironmentRegistry.Arguments(entries: arguments), count: count, autoresetMode: mode)
        vector = try store.recording(dice, onFailure: onFailure)
        buffers = RowBuffers(for: vector)
        current = Array(repeating: Seen(seed: Seed(0), observations: []), count: count)
        isOver = Array(repeating: false, count: count)
    }

    /// - Parameter seed: of sub-environment 0; the others' follow.
    func reset(seed: UInt64?, mask: [Bool]? = nil) throws {
        let given = (0..<vector.count).map { index in seed.map { Seed($0 + UInt64(index)) } }
        let seeds = try vector.resetNow(seeds: given, mask: mask, into: buffers)
        for index in current.indices where mask?[index] ?? true {
            finish(index, .partial)
            begin(index, seeds[index])
        }
    }

    /// Steps with drawn actions; in the disabled mode, episodes that are over are reset.
    func step() throws {
        let actions = current.map { _ in Int64(generator.nextDouble() * 3) }
        let wasOver = isOver
        let bytes = actions.withUnsafeBytes { Array($0) }
        try bytes.withUnsafeBytes { try vector.stepNow(actions: $0, into: buffers) }
        let finals = current.indices.map { Array(buffers.finalObservation(at: $0)) }
        let seeds = vector.seeds
        for index in current.indices {
            if vector.autoresetMode == .nextStep, wasOver[index] {
                begin(index, seeds[index])
                continue
            }
            let isLast = buffers.terminations[index] || buffers.truncations[index]
            let isReset = isLast && vector.autoresetMode == .sameStep
            current[index].actions.append(actions[index])
            current[index].rewards.append(buffers.rewards[index])
            current[index].observations.append(isReset ? finals[index] : Array(buffers.observation(at: index)))
            guard isLast else { continue }
            finish(index, buffers.terminations[index] ? .terminated : .truncated)
            isOver[index] = true
            if isReset { begin(index, seeds[index]) }
        }
        if vector.autoresetMode == .disabled, isOver.contains(true) { try reset(seed: nil, mask: isOver) }
    }

    func end() {
        vector.closeNow()
        for index in current.indices { finish(index, .partial) }
    }

    private func begin(_ index: Int, _ seed: Seed) {
        current[index] = Seen(seed: seed, observations: [Array(buffers.observation(at: index))])
        isOver[index] = false
    }

    private func finish(_ index: Int, _ status: EpisodeStatus) {
        guard !current[index].observations.isEmpty, !isOver[index] else { return }
        current[index].ending = status
        seen.append(current[index])
        current[index].observations = []
    }
}

extension EpisodeStore {
    /// Immediate rows whose episodes go into a journal.
    func recording(
        _ rows: any ImmediateRows, onFailure: @escaping @Sendable (any Error) -> Void
    ) throws -> any ImmediateRows {
        let listener = try #require(self.listener(to: ObservedEnvironment(rows), onFailure: onFailure))
        return try #require(ObservedRows.of(rows, [listener]).immediate)
    }

    /// An episode as its agent saw it.
    func seen(_ id: Int64) throws -> RecordedVector.Seen {
        let episode = try episode(id)
        var seen = RecordedVector.Seen(seed: episode.summary.seed, observations: [], ending: episode.summary.status)
        try forEachFrame(of: id) { frame in
            if case .array(let array) = frame.observation { seen.observations.append(array.bytes) }
            guard let step = frame.step else { return }
            seen.actions.append(step.action.int ?? -1)
            seen.rewards.append(step.result.reward)
        }
        return seen
    }
}
