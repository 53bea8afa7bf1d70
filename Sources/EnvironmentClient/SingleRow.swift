import EnvironmentProtocol
import Foundation
import Gymnasium
import Randomness
import SwiftProtobuf

/// A single environment's session as a vector of one. It is reset here.
final class SingleRow: RemoteRows {
    private let session: RemoteSession
    private let form: RowForm
    private let mode: AutoresetMode
    private let infoDetail: InfoDetail
    private var seed = Seed(0)
    private var info = InfoRows(WireInfo(), count: nil)
    private var finalInfo: InfoRows?
    /// The last step of an episode that is over, until the next one has begun.
    private var last: WireStep.Reply?

    init(_ session: RemoteSession, _ form: RowForm, _ mode: AutoresetMode, _ infoDetail: InfoDetail) {
        self.session = session
        self.form = form
        self.mode = mode
        self.infoDetail = infoDetail
    }

    func reset(seeds: [Seed?], mask: [Bool]?, into buffers: RowBuffers) throws(ClientError) -> [Seed] {
        if mask == [false] { return [seed] }
        try begin(seeds[0], into: buffers)
        buffers.setBegun(nil)
        buffers.clearFinals()
        finalInfo = nil
        return [seed]
    }

    func step(_ actions: UnsafeRawBufferPointer, into buffers: RowBuffers) throws(ClientError) {
        if last != nil, mode == .disabled { throw .refused(.resetNeeded) }
        if last != nil, mode == .nextStep {
            try begin(nil, into: buffers)
            buffers.setBegun(nil)
            return
        }
        // Where a step ended the episode and the reset was not answered, that one goes on.
        guard let reply = if let last { last } else { try ask(actions, into: buffers) } else { return }
        if reply.terminated || reply.truncated { last = reply }
        let observation = try form.bytes(reply.observation, of: form.observation, "observation")
        info = InfoRows(reply.info, count: nil)
        if last != nil, mode == .sameStep {
            try begin(nil, into: buffers)
            buffers.clearFinals()
            buffers.finalMask[0] = true
            observation.withUnsafeBytes { buffers.finalObservations.copyMemory(from: $0) }
            finalInfo = InfoRows(reply.info, count: nil)
        } else {
            buffers.clearFinals()
            finalInfo = nil
            buffers.setObservations(observation, of: nil)
            if form.maskCount > 0 {
                buffers.setActionMask((try? reply.actionMask.value())?.array, of: 0)
            }
        }
        buffers.put(reward: reply.reward, terminated: reply.terminated, truncated: reply.truncated, at: 0)
    }

    /// - Returns: nil when the episode goes on, and the reply has been taken.
    private func ask(
        _ actions: UnsafeRawBufferPointer, into buffers: RowBuffers
    ) throws(ClientError) -> WireStep.Reply? {
        try session.step {
            form.write(actions, isVector: false, to: &$0)
        } take: {
            take($0, into: buffers)
        }
    }

    /// A step that does not end the episode.
    ///
    /// - Returns: whether it is one, with an observation as expected; nothing is taken of it otherwise.
    private func take(_ reply: StepReplyFrame, into buffers: RowBuffers) -> Bool {
        guard !reply.terminated, !reply.truncated, let observation = form.rows(reply.observation, of: form.observation)
        else { return false }
        buffers.clearFinals()
        finalInfo = nil
        info = InfoRows(frame: reply.info, count: nil)
        buffers.observations.copyMemory(from: observation)
        if form.maskCount > 0 {
            buffers.setActionMask(reply.actionMask?.bytes, of: 0)
        }
        buffers.put(reward: reply.reward, at: 0)
        return true
    }

    func info(at index: Int) -> [Value.Entry] { info.row(index) }

    func finalInfo(at index: Int) -> [Value.Entry]? {
        infoDetail == .none ? nil : finalInfo?.row(index)
    }

    private func begin(_ given: Seed?, into buffers: RowBuffers) throws(ClientError) {
        var request = WireReset.Request()
        if let given { request.seeds = [WireSeed(given)] }
        let reply = try session.reset(request)
        let observation = try form.bytes(reply.observation, of: form.observation, "observation")
        guard let wire = reply.npRandomSeed.first else {
            throw .mismatch("the server does not say which seed is in force")
        }
        seed = try wire.inForce()
        last = nil
        info = InfoRows(reply.info, count: nil)
        buffers.setObservations(observation, of: nil)
        if form.maskCount > 0 {
            let mask = (try? reply.actionMask.value())?.array ?? info.value("action_mask", of: 0)?.array
            buffers.setActionMask(mask, of: 0)
        }
    }
}

extension ClientError.Refusal {
    /// What a server says of a step after an episode's end.
    static let resetNeeded = ClientError.Refusal(
        WireError(.failedPrecondition, .resetNeeded, "the episode is over: call reset first"))
}
