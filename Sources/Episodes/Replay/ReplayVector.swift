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

    /// The recorded seed of the episode under way.
    var seed: Seed { episodes[max(place, 0)].episode.summary.seed }

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

/// Replays side by side: of n rows, row i replays episodes i, i + n, i + 2n, … of the list, over and over.
///
/// In recorded time, a step takes as long as the slowest of its rows' steps did. Steps of vectors were recorded several at a
/// time; those of a block follow each other at once, and the block takes as long as it took.
final class ReplayVector: VectorEnvironment {
    let expectedStepSeconds: Double
    private let pace: ReplayEnvironment.Pace
    private var answeredAt = ContinuousClock.now
    private let rows: [ReplayRow]
    private let vector: SynchronousVector<ReplayRow>

    init(
        _ store: EpisodeStore, episodes names: [String], onDivergence: ReplayEnvironment.Divergence,
        pace: ReplayEnvironment.Pace, maxSteps: Int?, count: Int, autoresetMode: AutoresetMode
    ) throws {
        let episodes = try store.replayable(names)
        let first = episodes[0]
        guard
            let form = BlockForm(
                observationSpace: first.observationSpace, actionSpace: first.actionSpace, actionMaskCount: 0)
        else {
            throw EnvironmentError(
                .unsupported, "the recorded episodes have dict, tuple or text spaces, of which there are no vectors")
        }
        rows = (0..<count).map { row in
            let own = stride(from: row, to: max(row + 1, episodes.count), by: count).map {
                ReplayedEpisode(store, episodes[$0 % episodes.count], onDivergence: onDivergence)
            }
            return ReplayRow(own, form, maxSteps: maxSteps)
        }
        self.pace = pace
        var longest = 1.0
        if pace == .recorded {
            for episode in episodes {
                let gap = try ReplayedEpisode(store, episode, onDivergence: onDivergence).longestGap()
                longest = max(longest, 1.5 * gap)
            }
        }
        expectedStepSeconds = longest
        let ids = episodes.map { Value.integer($0.summary.id) }
        var spec = ReplayEnvironment.spec
        spec.maxEpisodeSteps = maxSteps ?? 0
        vector = SynchronousVector(
            rows, spec: spec, observationSpace: first.observationSpace, actionSpace: first.actionSpace,
            autoresetMode: autoresetMode,
            arguments: [
                Value.Entry("episode", ids.count == 1 ? ids[0] : .tuple(ids)),
                Value.Entry("on_divergence", .text(onDivergence.rawValue)), Value.Entry("pace", .text(pace.rawValue)),
            ],
            scenarioText: first.scenarioText, infoDetail: .full, actionMaskCount: ReplayVector.maskCount(first),
            // Rows read one file, so there is nothing to gain from threads.
            team: nil)
    }

    /// Actions of a recorded mask; 0 where none was recorded.
    private static func maskCount(_ episode: Episode) -> Int {
        if let mask = episode.actionMask { return mask.count }
        if case .array(let mask) = episode.info["action_mask"] { return mask.elementCount }
        return 0
    }

    var spec: EnvironmentSpec { vector.spec }
    var singleObservationSpace: Space { vector.singleObservationSpace }
    var singleActionSpace: Space { vector.singleActionSpace }
    var count: Int { vector.count }
    var autoresetMode: AutoresetMode { vector.autoresetMode }
    var arguments: [Value.Entry] { vector.arguments }
    var scenarioText: String { vector.scenarioText }
    var infoDetail: InfoDetail { vector.infoDetail }
    var actionMaskCount: Int { vector.actionMaskCount }
    var waits: Bool { pace == .recorded }

    /// The seeds in force are the recorded ones.
    func reset(seeds: [Seed?], mask: [Bool]?, into buffers: RowBuffers) -> [Seed] {
        _ = vector.reset(seeds: seeds, mask: mask, into: buffers)
        answeredAt = .now
        return rows.map(\.seed)
    }

    func step(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) throws(VectorStepError) {
        try vector.step(actions: actions, into: buffers)
        guard pace == .recorded else { return }
        let due = answeredAt + Duration(clampingSeconds: rows.map(\.gap).max() ?? 0)
        let left = due - .now
        if left > .zero { Thread.sleep(forTimeInterval: left / .seconds(1)) }
        answeredAt = .now
    }

    func info(at index: Int) -> [Value.Entry] { vector.info(at: index) }
    func finalInfo(at index: Int) -> [Value.Entry]? { vector.finalInfo(at: index) }
    func render(at index: Int, mode: String) -> RenderedFrame? { vector.render(at: index, mode: mode) }
    func close() { vector.close() }
}
