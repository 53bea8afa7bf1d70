import EnvironmentProtocol
import Foundation
import Gymnasium
import Randomness
import SwiftProtobuf

/// The vector of one session: requests to its buffers, and buffers to replies.
final class VectorHost: ImmediateHost {
    private let vector: any VectorEnvironment
    private let buffers: RowBuffers
    private let observationForm: ArrayForm
    private var hasBegun = false
    private let renderMode: String
    private let actionForm: ArrayForm
    /// What a step's action is an element of.
    private let actionSpace: Space

    init(_ vector: some VectorEnvironment, renderMode: String) throws(EnvironmentError) {
        guard let form = vector.singleObservationSpace.arrayForm, let actionForm = vector.singleActionSpace.arrayForm,
            let actionSpace = vector.singleActionSpace.batched(vector.count)
        else {
            throw EnvironmentError(
                .unsupported, "\(vector.spec.id) has dict, tuple or text spaces, of which there are no vectors")
        }
        self.vector = vector
        buffers = RowBuffers(for: vector)
        observationForm = form
        self.actionForm = actionForm
        self.actionSpace = actionSpace
        self.renderMode = renderMode
    }

    func made(session: String, readable: Bool) -> WireMake.Reply {
        var reply = WireMake.Reply()
        reply.sessionID = session
        reply.spec = WireEnvSpec(vector.spec, readable: readable)
        reply.singleObservationSpace = WireSpace(vector.singleObservationSpace)
        reply.singleActionSpace = WireSpace(vector.singleActionSpace)
        reply.numEnvs = UInt32(vector.count)
        reply.autoresetMode = WireAutoresetMode(vector.autoresetMode)
        reply.renderMode = renderMode
        reply.expectedStepS = vector.expectedStepSeconds
        reply.expectedResetS = max(1, vector.expectedStepSeconds)
        reply.kwargs = WireEntry.list(vector.arguments, readable: readable)
        return reply
    }

    func reset(_ request: WireReset.Request, readable: Bool) throws -> WireReset.Reply {
        let count = vector.count
        if let option = request.options.first {
            throw EnvironmentError(
                .badArgument(name: option.key), "a vector's reset has no options, got \"\(option.key)\"; leave it out")
        }
        guard request.resetMask.isEmpty || request.resetMask.count == count else {
            throw EnvironmentError(
                .badArgument(name: "reset_mask"),
                "reset_mask has an entry for each of the \(count) sub-environments, or none; got \(request.resetMask.count)"
            )
        }
        guard request.resetMask.isEmpty || request.resetMask.contains(true) else {
            throw EnvironmentError(.badArgument(name: "reset_mask"), "reset_mask chooses no sub-environment")
        }
        guard hasBegun || request.resetMask.allSatisfy(\.self) else {
            throw EnvironmentError(.resetNeeded, "the first reset is of all sub-environments; leave reset_mask out")
        }
        let seeds = vector.reset(
            seeds: try seeds(request.seeds), mask: request.resetMask.isEmpty ? nil : request.resetMask, into: buffers)
        hasBegun = true
        var reply = WireReset.Reply()
        reply.observation = rows(buffers.observations, readable: readable)
        reply.npRandomSeed = seeds.map { WireSeed($0, readable: readable) }
        if vector.infoDetail == .full {
            let info = info { request.resetMask.isEmpty || request.resetMask[$0] }
            reply.info = WireInfo(batches: info ?? [], readable: readable)
        }
        if vector.actionMaskCount > 0 { reply.actionMask = actionMasks(readable: readable) }
        return reply
    }

    func step(_ action: WireValue, readable: Bool) throws -> WireStep.Reply {
        try withRows(of: action) { try step($0) }
        var reply = WireStep.Reply()
        reply.observation = rows(buffers.observations, readable: readable)
        reply.rewards = Array(buffers.rewards)
        reply.terminations = Array(buffers.terminations)
        reply.truncations = Array(buffers.truncations)
        if let info = stepInfo() { reply.info = WireInfo(batches: info, readable: readable) }
        if let info = finalInfo() {
            reply.finalObs = rows(buffers.finalObservations, readable: readable)
            reply.finalMask = Array(buffers.finalMask)
            reply.finalInfo = WireInfo(batches: info, readable: readable)
        }
        if vector.actionMaskCount > 0 { reply.actionMask = actionMasks(readable: readable) }
        return reply
    }

    func step(_ action: StepRequestFrame.Action, into reply: inout FrameWriter) throws -> Bool {
        if case .array(let array) = action, isPlain(array) {
            try step(array.bytes)
        } else {
            try withRows(of: action.message) { try step($0) }
        }
        reply.reply(buffers, observation: observationForm, info: stepInfo(), finalInfo: finalInfo())
        // A vector goes on after the ends of its sub-environments' episodes.
        return false
    }

    /// What a step's reply says beside the rows; nil where it says nothing.
    private func stepInfo() -> [InfoBatch]? {
        switch vector.infoDetail {
        case .full: return info { _ in true }
        case .ends where vector.autoresetMode != .sameStep && (0..<vector.count).contains(where: isOver):
            return info(of: isOver)
        case .ends, .none: return nil
        }
    }

    /// What was last known of the episodes that the step ended and that have begun anew; nil where there are none.
    private func finalInfo() -> [InfoBatch]? {
        guard vector.autoresetMode == .sameStep, buffers.finalMask.contains(true) else { return nil }
        return InfoBatch.batch((0..<vector.count).map { vector.finalInfo(at: $0) })
    }

    private func isOver(_ index: Int) -> Bool { buffers.terminations[index] || buffers.truncations[index] }

    /// Whether these are elements of the action space as they are, which is what clients nearly always send.
    private func isPlain(_ array: FrameArray) -> Bool {
        guard case .discrete(let discrete) = vector.singleActionSpace, array.dtype == .int64,
            array.shape.count == 1, array.shape[0] == vector.count
        else { return false }
        let last = discrete.start + (discrete.n - 1)
        for offset in stride(from: 0, to: array.bytes.count, by: 8) {
            let element = Int64(littleEndian: array.bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self))
            if element < discrete.start || element > last { return false }
        }
        return true
    }

    private func actionMasks(readable: Bool) -> WireValue {
        rows(
            UnsafeMutableRawBufferPointer(buffers.actionMasks),
            ArrayForm(dtype: .int8, shape: [vector.actionMaskCount]), readable: readable)
    }

    /// Calls `body` with the elements of the action space that `action` says, one after the other.
    ///
    /// - Throws: ``WireRefusal``, when they are none; or what `body` throws.
    private func withRows(of action: WireValue, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard case .array(let element) = try action.element(of: actionSpace) else {
            throw EnvironmentError(.actionType, "a vector's action is an array with a row for each sub-environment")
        }
        // Integers come as int64, whatever the element type of the space is.
        let array =
            element.dtype == actionForm.dtype
            ? element : NDArray(dtype: actionForm.dtype, shape: element.shape, values: element.doubles) ?? element
        try array.bytes.withUnsafeBytes(body)
    }

    func render(_ request: WireRender.Request, readable: Bool) throws -> WireRender.Reply {
        let renderMode = try renderMode.checkedRenderMode()
        var reply = WireRender.Reply()
        var room = VectorHost.mostPictureBytes(readable: readable)
        for index in request.indices.isEmpty ? Array(0..<UInt32(vector.count)) : request.indices {
            guard index < vector.count else {
                throw EnvironmentError(
                    .badArgument(name: "indices"), "there is no sub-environment \(index) of \(vector.count)")
            }
            switch vector.render(at: Int(index), mode: renderMode) {
            case .text(let text): reply.text.append(text)
            case .image(let image):
                room -= image.bytes.count
                guard room >= 0 else {
                    throw EnvironmentError(
                        .badArgument(name: "indices"),
                        "\(reply.frames.count) pictures of \(image.bytes.count) bytes are as many as a reply has room "
                            + "for; ask for fewer, by indices")
                }
                reply.frames.append(WireArray(image, readable: readable))
            case nil: break
            }
        }
        return reply
    }

    /// Bytes of the pictures in a reply, which a request could otherwise make as long as it likes; in JSON, where each
    /// byte is written out, fewer.
    private static func mostPictureBytes(readable: Bool) -> Int { readable ? 16 << 20 : 256 << 20 }

    func close() { vector.close() }

    private func step(_ actions: UnsafeRawBufferPointer) throws(WireRefusal) {
        guard hasBegun else {
            throw WireRefusal(
                WireError(.failedPrecondition, .resetNeeded, "a step before the first reset: reset first"))
        }
        do {
            try vector.step(actions: actions, into: buffers)
        } catch {
            var refusal = WireError(.failedPrecondition, .resetNeeded, error.description)
            refusal.envIndex = UInt32(clamping: error.index)
            throw WireRefusal(refusal)
        }
        if let index = buffers.rewards.firstIndex(where: { !$0.isFinite }) {
            throw WireRefusal.nonFinite(reward: buffers.rewards[index], of: index)
        }
    }

    /// One seed is of sub-environment 0, seed + i of the others; several are one each.
    private func seeds(_ given: [WireSeed]) throws -> [Seed?] {
        let count = vector.count
        if given.isEmpty { return Array(repeating: nil, count: count) }
        if given.count == 1, let first = try given[0].seed() { return (0..<count).map { first.advanced(by: $0) } }
        if given.count == 1 { return Array(repeating: nil, count: count) }
        guard given.count == count else {
            throw EnvironmentError(
                .badArgument(name: "seeds"),
                "seeds are none, one, or one for each of the \(count) sub-environments; got \(given.count)")
        }
        return try given.map { seed throws(MalformedMessage) in try seed.seed() }
    }

    private func rows(
        _ bytes: UnsafeMutableRawBufferPointer, _ form: ArrayForm? = nil, readable: Bool
    ) -> WireValue {
        let form = form ?? observationForm
        var array = WireArray()
        array.dtype = WireDType(form.dtype)
        array.shape = ([vector.count] + form.shape).map { UInt32($0) }
        if readable {
            let values = NDArray(dtype: form.dtype, shape: [vector.count] + form.shape, bytes: Array(bytes))
            return WireValue(.array(values ?? NDArray([Float]())), readable: true)
        }
        array.data = Data(bytes)
        return WireValue.with { $0.array = array }
    }

    /// The infos of the chosen sub-environments; nil where there are none.
    private func info(of isChosen: (Int) -> Bool) -> [InfoBatch]? {
        let infos = (0..<vector.count).map { isChosen($0) ? vector.info(at: $0) : nil }
        return infos.contains { $0 != nil } ? InfoBatch.batch(infos) : nil
    }
}
