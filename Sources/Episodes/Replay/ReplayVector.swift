import Foundation
import Gymnasium
import Numbers
import Randomness

/// One row of a vector of replays: its episodes, one after the other.
final class ReplayRow: SynchronousEnvironment {
    private let episodes: [ReplayedEpisode]
    private let form: BlockForm
    private let maxSteps: Int?
    private var place = -1
    private var index = 0
    private var result: StepResult?
    /// What the last step took when it was recorded, in seconds; 0 after a reset.
    private(set) var gap = 0.0

    /// - Parameter episodes: one or more.
    init(_ episodes: [ReplayedEpisode], _ form: BlockForm, maxSteps: Int?) {
        self.episodes = episodes
        self.form = form
        self.maxSteps = maxSteps
    }

    /// The recorded one of the episode under way.
    var ownSeed: Seed? { episodes[max(place, 0)].episode.summary.seed }

    /// The next episode, whatever the seed.
    func reset(seed: Seed, observation: UnsafeMutableRawBufferPointer) {
        place = (place + 1) % episodes.count
        index = 0
        result = nil
        gap = 0
        ReplayRow.write(episodes[place].beginning().observation, observation)
    }

    func step(action: UnsafeRawBufferPointer, observation: UnsafeMutableRawBufferPointer) -> Transition {
        index += 1
        var result: StepResult
        do {
            result = try episodes[place].answer(to: form.action(action), at: index)
            gap = episodes[place].gap
        } catch {
            // A vector has no way to refuse a single row.
            gap = 0
            result = StepResult(
                observation: .tuple([]), reward: 0, terminated: false, truncated: true,
                info: [Value.Entry("reason", .text(error.description))])
        }
        if let maxSteps, index >= maxSteps, !result.terminated { result.truncated = true }
        ReplayRow.write(result.observation, observation)
        self.result = result
        return Transition(reward: result.reward, terminated: result.terminated, truncated: result.truncated)
    }

    func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>) {
        let recorded = episodes[place].actionMask ?? VectorRow.mask(in: info, count: mask.count).map(\.self)
        for index in mask.indices { mask[index] = index < recorded.count ? recorded[index] : 1 }
    }

    /// As it was recorded: a mask that was beside the info is not in it.
    var info: [Value.Entry] {
        guard place >= 0 else { return [] }
        let info = result?.info ?? episodes[place].beginning().info
        return episodes[place].actionMask == nil ? info : info.filter { $0.key != "action_mask" }
    }

    func render(mode: String) -> RenderedFrame? { nil }

    private static func write(_ observation: Value, _ memory: UnsafeMutableRawBufferPointer) {
        switch observation {
        case .array(let array) where array.bytes.count == memory.count: memory.copyBytes(from: array.bytes)
        case .integer(let integer) where memory.count == 8:
            memory.storeBytes(of: integer.littleEndian, as: Int64.self)
        default: break
        }
    }
}

extension ReplayEnvironment {
    /// Replays side by side: of n rows, row i replays episodes i, i + n, i + 2n, … of the list, over and over.
    ///
    /// In recorded time, a step takes as long as the slowest of its rows' steps did. Steps of vectors were recorded several at
    /// a time; those of a block follow each other at once, and the block takes as long as it took.
    static func vector(
        _ store: EpisodeStore, episodes names: [String], onDivergence: Divergence, pace: Pace, maxSteps: Int?,
        layout: RowLayout
    ) throws -> sending any EnvironmentRows {
        let episodes = try store.replayable(names)
        guard
            let blocks = BlockForm(
                observationSpace: episodes[0].observationSpace, actionSpace: episodes[0].actionSpace,
                actionMaskCount: 0)
        else {
            throw EnvironmentError(
                .unsupported, "the recorded episodes have dict, tuple or text spaces, of which there are no vectors")
        }
        func replayed(_ episode: Episode) -> ReplayedEpisode {
            ReplayedEpisode(store, episode, onDivergence: onDivergence)
        }
        let rows = (0..<layout.count).map { row in
            let own = stride(from: row, to: max(row + 1, episodes.count), by: layout.count).map {
                replayed(episodes[$0 % episodes.count])
            }
            return ReplayRow(own, blocks, maxSteps: maxSteps)
        }
        let form = try form(
            episodes.map(replayed), onDivergence, pace, maxSteps: maxSteps, layout: layout,
            actionMaskCount: maskCount(episodes[0]))
        // Rows read one file, so there is nothing to gain from threads.
        let vector = SynchronousRows(rows, form, team: nil)
        return pace == .recorded ? PacedRows(vector) { rows.map(\.gap).max() ?? 0 } : vector
    }

    /// Actions of a recorded mask; 0 where none was recorded.
    private static func maskCount(_ episode: Episode) -> Int {
        if let mask = episode.actionMask { return mask.count }
        if case .array(let mask) = episode.info["action_mask"] { return mask.elementCount }
        return 0
    }
}

/// Rows whose steps take as long as they once did.
final class PacedRows: EnvironmentRows {
    private let rows: any ImmediateRows
    private let gap: () -> Double
    private var answeredAt = ContinuousClock.now

    /// - Parameter gap: what the last step took, in seconds.
    init(_ rows: any ImmediateRows, _ gap: @escaping () -> Double) {
        self.rows = rows
        self.gap = gap
    }

    var form: EnvironmentForm { rows.form }
    var seeds: [Seed] { rows.seeds }

    nonisolated(nonsending) func reset(
        seeds: [Seed?], mask: [Bool]?, options: [Value.Entry], into buffers: RowBuffers
    ) async throws {
        try rows.resetNow(seeds: seeds, mask: mask, options: options, into: buffers)
        answeredAt = .now
    }

    nonisolated(nonsending) func step(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) async throws {
        try rows.stepNow(actions: actions, into: buffers)
        try await Task.sleep(until: answeredAt + Duration(clampingSeconds: gap()), clock: .continuous)
        answeredAt = .now
    }

    func info(at index: Int) -> [Value.Entry] { rows.info(at: index) }
    func finalInfo(at index: Int) -> [Value.Entry]? { rows.finalInfo(at: index) }

    nonisolated(nonsending) func render(at index: Int, mode: String) async throws -> RenderedFrame? {
        try rows.renderNow(at: index, mode: mode)
    }

    nonisolated(nonsending) func close() async { rows.closeNow() }
}
