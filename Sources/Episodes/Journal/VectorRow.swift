import Foundation
import GRDB
import Gymnasium
import Randomness
import Synchronization

/// The episode of one sub-environment of a vector, as far as it is not written yet.
struct VectorRow {
    /// What is known of an episode when it begins.
    struct Beginning {
        var seed: Seed
        var isSeeded: Bool
        var at: Date
        var observation: ArraySlice<UInt8>
        var mask: ArraySlice<Int8>
        var info: [Value.Entry]
    }

    private let form: BlockForm
    private var beginning: Beginning?
    private var ending: EpisodeRow.Ending?
    /// nil: not in the file yet.
    private var id: Int64?
    private var block = StepBlock(firstStep: 1)
    private var totalReward = 0.0
    /// In the info of the last step.
    private var qos: Double?
    private var lastSeed: Seed?
    private var resets = 0

    init(_ form: BlockForm) { self.form = form }

    /// Whether an episode is under way.
    var isRunning: Bool { beginning != nil }

    mutating func begin(_ beginning: Beginning) {
        // An environment whose seed stays the same goes on with its random numbers.
        resets = !beginning.isSeeded && lastSeed == beginning.seed ? resets + 1 : 0
        lastSeed = beginning.seed
        self.beginning = beginning
        ending = nil
        id = nil
        block = StepBlock(firstStep: 1)
        totalReward = 0
        qos = nil
    }

    mutating func append(
        action: ArraySlice<UInt8>, reward: Double, flags: UInt8, observation: ArraySlice<UInt8>,
        mask: ArraySlice<Int8>, info: [Value.Entry]
    ) {
        block.count += 1
        block.actions += action
        block.rewards.append(reward)
        block.flags.append(flags)
        block.observations += observation
        block.actionMasks += mask
        block.infos.append(info)
        qos = info.resultQoS
        totalReward += reward
    }

    mutating func end(_ status: EpisodeStatus, at date: Date) {
        ending = EpisodeRow.Ending(
            status: status, totalReward: totalReward, length: block.firstStep + block.count - 1, qos: qos, at: date)
    }

    /// Brings the file up to here; an episode that has ended is forgotten then.
    mutating func write(setup: Int64, at now: Date, _ store: EpisodeStore, _ db: Database) throws {
        guard let beginning else { return }
        if let id {
            try ending?.update(id, db)
        } else {
            id = try EpisodeRow(
                id: store.takeNumber(db), setup: setup, seed: beginning.seed, resets: resets,
                startedAt: beginning.at,
                observation: CanonicalBytes.bytes(form.observation(beginning.observation)),
                info: CanonicalBytes.bytes(info: beginning.info),
                actionMask: beginning.mask.isEmpty ? nil : Data(bytesOf: Array(beginning.mask)), ending: ending
            ).insert(db)
        }
        guard let id else { return }
        if block.count > 0 {
            try block.insert(of: id, at: Timestamp.text(now), db)
            block.startNext()
        }
        if ending == nil {
            store.running.withLock { _ = $0.insert(id) }
        } else {
            store.running.withLock { _ = $0.remove(id) }
            self.beginning = nil
        }
    }

    /// The mask that an info holds; all ones where it holds none.
    static func mask(in info: [Value.Entry], count: Int) -> ArraySlice<Int8> {
        if case .array(let mask) = info.first(where: { $0.key == "action_mask" })?.value, mask.bytes.count == count {
            return mask.bytes.map { Int8(bitPattern: $0) }[...]
        }
        return Array(repeating: 1, count: count)[...]
    }
}
