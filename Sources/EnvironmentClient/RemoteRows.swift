import EnvironmentProtocol
import Foundation
import Gymnasium
import Randomness
import SwiftProtobuf

/// What answers for the sub-environments of a remote vector: a vector's session, or a single environment's.
protocol RemoteRows: AnyObject {
    /// - Returns: the seeds in force.
    func reset(seeds: [Seed?], mask: [Bool]?, into buffers: RowBuffers) throws(ClientError) -> [Seed]
    func step(_ actions: UnsafeRawBufferPointer, into buffers: RowBuffers) throws(ClientError)
    func info(at index: Int) -> [Value.Entry]
    func finalInfo(at index: Int) -> [Value.Entry]?
}

/// The sub-environments of a vector's session. The server resets them.
final class VectorRows: RemoteRows {
    private let session: RemoteSession
    private let form: RowForm
    private let infoDetail: InfoDetail
    private var seeds: [Seed]
    /// The reply that says what is known of a sub-environment.
    private var infos: [InfoRows] { didSet { hasNoInfos = false } }
    /// Whether all of them are known to be empty.
    private var hasNoInfos = false
    private var finals: InfoRows?
    private var finalMask: [Bool] = []

    init(_ session: RemoteSession, _ form: RowForm, _ infoDetail: InfoDetail) {
        self.session = session
        self.form = form
        self.infoDetail = infoDetail
        seeds = Array(repeating: Seed(0), count: form.count)
        infos = Array(repeating: InfoRows(WireInfo(), count: form.count), count: form.count)
    }

    func reset(seeds given: [Seed?], mask: [Bool]?, into buffers: RowBuffers) throws(ClientError) -> [Seed] {
        if let mask, !mask.contains(true) { return seeds }
        var request = WireReset.Request()
        if given.contains(where: { $0 != nil }) {
            request.seeds = given.map { seed in
                seed.map { WireSeed($0) } ?? .with { $0.none = true }
            }
        }
        request.resetMask = mask ?? []
        let reply = try session.reset(request)
        let observations = try form.bytes(reply.observation, of: form.observation, "observation")
        try take(reply.npRandomSeed, mask)
        buffers.setObservations(observations, of: mask)
        buffers.setBegun(mask)
        let rows = InfoRows(reply.info, count: form.count)
        for index in 0..<form.count where mask?[index] ?? true {
            infos[index] = rows
            if form.maskCount > 0, !reply.hasActionMask {
                buffers.setActionMask(rows.value("action_mask", of: index)?.array, of: index)
            }
        }
        if reply.hasActionMask { try take(reply.actionMask, into: buffers) }
        buffers.clearFinals()
        finalMask = []
        return seeds
    }

    func step(_ actions: UnsafeRawBufferPointer, into buffers: RowBuffers) throws(ClientError) {
        let count = form.count
        let reply = try session.step {
            form.write(actions, isVector: true, to: &$0)
        } take: {
            take($0, into: buffers)
        }
        guard let reply else { return }
        guard reply.rewards.count == count, reply.terminations.count == count, reply.truncations.count == count,
            reply.finalMask.isEmpty || reply.finalMask.count == count
        else {
            throw .mismatch(
                "the server sent \(reply.rewards.count) rewards, \(reply.terminations.count) and "
                    + "\(reply.truncations.count) flags for \(count) sub-environments")
        }
        buffers.setObservations(try form.bytes(reply.observation, of: form.observation, "observation"), of: nil)
        for index in 0..<count {
            buffers.put(
                reward: reply.rewards[index], terminated: reply.terminations[index],
                truncated: reply.truncations[index], at: index)
        }
        infos = Array(repeating: InfoRows(reply.info, count: count), count: count)
        try takeFinals(reply, into: buffers)
        if reply.hasActionMask { try take(reply.actionMask, into: buffers) }
    }

    /// A reply without ends of episodes.
    ///
    /// - Returns: whether it has the rows that are expected; nothing is taken of it otherwise.
    private func take(_ reply: StepReplyFrame, into buffers: RowBuffers) -> Bool {
        let count = form.count
        guard let observations = form.rows(reply.observation, of: form.observation),
            reply.rewards.count == 8 * count, reply.terminations.count == count, reply.truncations.count == count
        else { return false }
        if let mask = reply.actionMask, form.maskCount > 0 {
            guard let masks = form.rows(mask, of: ArrayForm(dtype: .int8, shape: [form.maskCount])) else {
                return false
            }
            UnsafeMutableRawBufferPointer(buffers.actionMasks).copyMemory(from: masks)
        }
        buffers.observations.copyMemory(from: observations)
        UnsafeMutableRawBufferPointer(buffers.rewards).copyMemory(from: reply.rewards)
        UnsafeMutableRawBufferPointer(buffers.terminations).copyMemory(from: reply.terminations)
        UnsafeMutableRawBufferPointer(buffers.truncations).copyMemory(from: reply.truncations)
        if !(reply.info.isEmpty && hasNoInfos) {
            infos = Array(repeating: InfoRows(frame: reply.info, count: count), count: count)
            hasNoInfos = reply.info.isEmpty
        }
        buffers.clearFinals()
        finalMask = []
        finals = nil
        return true
    }

    /// The masks of all sub-environments.
    private func take(_ actionMask: WireValue, into buffers: RowBuffers) throws(ClientError) {
        guard form.maskCount > 0 else { return }
        let masks = try form.bytes(actionMask, of: ArrayForm(dtype: .int8, shape: [form.maskCount]), "action_mask")
        masks.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffers.actionMasks).copyMemory(from: $0) }
    }

    func info(at index: Int) -> [Value.Entry] { infos[index].row(index) }

    func finalInfo(at index: Int) -> [Value.Entry]? {
        infoDetail == .none || finalMask.isEmpty || !finalMask[index] ? nil : finals?.row(index)
    }

    private func takeFinals(_ reply: WireStep.Reply, into buffers: RowBuffers) throws(ClientError) {
        buffers.clearFinals()
        finalMask = reply.finalMask
        finals = InfoRows(reply.finalInfo, count: form.count)
        guard finalMask.contains(true) else { return }
        let bytes = try form.bytes(reply.finalObs, of: form.observation, "final_obs")
        let size = form.observation.byteCount
        bytes.withUnsafeBytes { bytes in
            for index in 0..<form.count where finalMask[index] {
                buffers.finalMask[index] = true
                buffers.finalObservation(at: index).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: bytes[index * size..<(index + 1) * size]))
            }
        }
    }

    /// Seeds come for all sub-environments, or for those that were reset.
    private func take(_ wire: [WireSeed], _ mask: [Bool]?) throws(ClientError) {
        let chosen = (0..<form.count).filter { mask?[$0] ?? true }
        guard wire.count == form.count || wire.count == chosen.count else {
            throw .mismatch("the server sent \(wire.count) seeds for \(form.count) sub-environments")
        }
        for (place, index) in chosen.enumerated() {
            seeds[index] = try wire[wire.count == form.count ? index : place].inForce()
        }
    }
}

extension WireSeed {
    /// - Throws: `mismatch` for what is no seed.
    func inForce() throws(ClientError) -> Seed {
        guard let seed = try? seed() else {
            throw .mismatch("the server does not say which seed is in force")
        }
        return seed
    }
}

extension Value {
    /// The array this is.
    var array: NDArray? {
        if case .array(let array) = self { array } else { nil }
    }
}
