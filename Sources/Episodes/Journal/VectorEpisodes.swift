import Foundation
import GRDB
import Gymnasium
import Randomness
import Synchronization

/// The journal of a vector: what it is told of all sub-environments, it keeps as the episodes of each.
///
/// Unchecked: the calls of ``EpisodeListener`` only put work aside; what is `var` here is touched by the writer's thread alone.
final class VectorEpisodes: EpisodeListener, JournalOwner, @unchecked Sendable {
    private let store: EpisodeStore
    private let writer: JournalWriter
    private let environment: ObservedEnvironment
    private let mode: AutoresetMode
    private let form: BlockForm
    private let onFailure: @Sendable (any Error) -> Void
    private var rows: [VectorRow]
    private var setup: Int64?

    init(
        _ store: EpisodeStore, _ writer: JournalWriter, _ environment: ObservedEnvironment, _ form: BlockForm,
        onFailure: @escaping @Sendable (any Error) -> Void
    ) {
        self.store = store
        self.writer = writer
        self.environment = environment
        mode = environment.form.layout.autoresetMode
        self.form = form
        self.onFailure = onFailure
        rows = Array(repeating: VectorRow(form), count: environment.form.count)
    }

    deinit { writer.remove(self) }

    func begin(_ reset: ObservedReset) {
        let now = Date()
        let (mask, seeds, isSeeded, infos) = (reset.mask, reset.seeds, reset.isSeeded, reset.infos)
        let (observations, masks) = (Array(reset.buffers.observations), Array(reset.buffers.actionMasks))
        writer.put(self, bytes: observations.count + 64 * rowCount) { [self] db in
            for index in rows.indices where mask?[index] ?? true {
                try finish(index, .partial, at: now, db)
                rows[index].begin(
                    VectorRow.Beginning(
                        seed: seeds[index], isSeeded: isSeeded[index], at: now,
                        observation: slice(observations, index), mask: self.mask(masks, index),
                        info: infos[index] ?? []))
            }
        }
    }

    func step(_ step: ObservedStep) {
        let now = Date()
        let step = Step(step)
        let bytes = step.observations.count + step.actions.count + 64 * rowCount
        writer.put(self, bytes: bytes) { [self] db in
            for index in rows.indices { try take(step, index, at: now, db) }
        }
    }

    private var rowCount: Int { environment.form.count }

    /// A step of all rows, until it is written.
    private struct Step: Sendable {
        let actions: [UInt8]
        let observations: [UInt8]
        let rewards: [Double]
        let terminations: [Bool]
        let truncations: [Bool]
        /// Empty where the step ended no episode.
        let finalObservations: [UInt8]
        let actionMasks: [Int8]
        let infos: [[Value.Entry]?]
        let finalInfos: [[Value.Entry]?]
        /// Empty where the step began no episode.
        let seeds: [Seed]

        init(_ step: ObservedStep) {
            let buffers = step.buffers
            actions = Array(step.actions)
            observations = Array(buffers.observations)
            rewards = Array(buffers.rewards)
            terminations = Array(buffers.terminations)
            truncations = Array(buffers.truncations)
            finalObservations = buffers.finalMask.contains(true) ? Array(buffers.finalObservations) : []
            actionMasks = Array(buffers.actionMasks)
            infos = step.infos
            finalInfos = step.finalInfos
            seeds = step.seeds
        }
    }

    func end() {
        let now = Date()
        writer.put(self, bytes: 64) { [self] db in
            for index in rows.indices { try finish(index, .partial, at: now, db) }
        }
    }

    private func take(_ step: Step, _ index: Int, at now: Date, _ db: Database) throws {
        guard rows[index].isRunning else {
            // In this mode the step after an episode's last one is the next one's reset.
            if mode == .nextStep { begin(step, index, at: now) }
            return
        }
        let (isTerminated, isTruncated) = (step.terminations[index], step.truncations[index])
        let isLast = isTerminated || isTruncated
        let isReset = isLast && mode == .sameStep
        let info = (isReset ? step.finalInfos[index] : step.infos[index]) ?? []
        rows[index].append(
            action: slice(step.actions, index), reward: step.rewards[index],
            flags: (isTerminated ? StepBlock.terminated : 0) | (isTruncated ? StepBlock.truncated : 0),
            observation: slice(isReset ? step.finalObservations : step.observations, index),
            // The mask that came is the next episode's; the old one's last is in its info, if anywhere.
            mask: isReset ? VectorRow.mask(in: info, count: form.actionMaskCount) : mask(step.actionMasks, index),
            info: info)
        guard isLast else { return }
        try finish(index, isTerminated ? .terminated : .truncated, at: now, db)
        if isReset { begin(step, index, at: now) }
    }

    private func begin(_ step: Step, _ index: Int, at now: Date) {
        guard step.seeds.count == rows.count else { return }
        rows[index].begin(
            VectorRow.Beginning(
                seed: step.seeds[index], isSeeded: false, at: now, observation: slice(step.observations, index),
                mask: mask(step.actionMasks, index), info: step.infos[index] ?? []))
    }

    private func finish(_ index: Int, _ status: EpisodeStatus, at now: Date, _ db: Database) throws {
        guard rows[index].isRunning else { return }
        rows[index].end(status, at: now)
        try write(index, at: now, db)
    }

    func flush(_ db: Database) throws {
        let now = Date()
        for index in rows.indices where rows[index].isRunning { try write(index, at: now, db) }
    }

    private func write(_ index: Int, at now: Date, _ db: Database) throws {
        if setup == nil { setup = try store.setup(environment, db) }
        guard let setup else { return }
        try rows[index].write(setup: setup, at: now, store, db)
    }

    func stop(_ error: EpisodeStoreError, isFirst: Bool) {
        if isFirst { onFailure(error) }
    }

    private func slice(_ bytes: [UInt8], _ index: Int) -> ArraySlice<UInt8> {
        let width = bytes.count / rowCount
        return bytes[index * width..<(index + 1) * width]
    }

    private func mask(_ masks: [Int8], _ index: Int) -> ArraySlice<Int8> {
        let width = form.actionMaskCount
        return masks.count < (index + 1) * width ? [] : masks[index * width..<(index + 1) * width]
    }
}
