import EnvironmentProtocol
import Foundation
import Gymnasium
import Logging
import Randomness
import Sessions
import SwiftProtobuf

/// The rows of one session as the protocol's calls: single environments and vectors, immediate and awaited ones.
///
/// A request is read into a ``Call``, the call is made on the rows, and what it has left in the buffers is written as the reply.
/// Only the middle is awaited, or not.
final class RowsHost {
    /// The form of ``rows``, for which asking would cost a copy each step.
    let form: EnvironmentForm
    private let rows: any EnvironmentRows
    private let immediate: (any ImmediateRows)?
    private let listeners: [any EpisodeListener]
    private let buffers: RowBuffers
    private let isVector: Bool
    /// nil for elements that are no arrays.
    private let observationForm: ArrayForm?
    /// What a step's action is an element of.
    private let actionSpace: Space
    private let renderMode: String
    private let logger: Logger
    private var hasBegun = false

    /// - Throws: `unsupported` for a vector of spaces whose elements are no arrays.
    init(
        _ rows: any EnvironmentRows, listeners: [any EpisodeListener] = [], renderMode: String, logger: Logger
    ) throws(EnvironmentError) {
        form = rows.form
        isVector = form.layout.isVector
        observationForm = form.observationSpace.arrayForm
        let actionSpace = isVector ? form.actionSpace.batched(form.count) : form.actionSpace
        guard let actionSpace, !isVector || observationForm != nil else {
            throw EnvironmentError(
                .unsupported, "\(form.spec.id) has dict, tuple or text spaces, of which there are no vectors")
        }
        self.rows = ObservedRows.of(rows, listeners)
        immediate = self.rows.immediate
        self.listeners = listeners
        buffers = RowBuffers(for: rows)
        self.actionSpace = actionSpace
        self.renderMode = renderMode
        self.logger = logger
    }

    /// Whether calls need not be awaited.
    var isImmediate: Bool { immediate != nil }

    func made(session: String) -> WireMake.Reply {
        var reply = WireMake.Reply()
        reply.sessionID = session
        reply.spec = WireEnvSpec(form.spec)
        reply.singleObservationSpace = WireSpace(form.observationSpace)
        reply.singleActionSpace = WireSpace(form.actionSpace)
        if case .vector(let count, let mode) = form.layout {
            reply.numEnvs = UInt32(count)
            reply.autoresetMode = WireAutoresetMode(mode)
        }
        reply.renderMode = renderMode
        reply.expectedStepS = form.expectedStepSeconds
        reply.expectedResetS = form.expectedResetSeconds
        reply.kwargs = WireEntry.list(form.arguments)
        return reply
    }

    // MARK: Calls

    /// A reset, a step or a render, waited for.
    nonisolated(nonsending) func answer(
        _ request: WireRequest.OneOf_Kind, _ encoding: MessageEncoding
    ) async -> Outcome {
        var begun: Call?
        do {
            let call = try call(for: request)
            begun = call
            switch call {
            case .reset(let seeds, let mask, let options):
                try await rows.reset(seeds: seeds, mask: mask, options: options, into: buffers)
                return try wasReset(mask)
            case .step(let actions):
                try await rows.step(actions: actions, into: buffers)
                return try stepped()
            case .render(let indices):
                var pictures = Pictures(encoding)
                for index in indices { try pictures.add(try await rows.render(at: index, mode: renderMode), of: form) }
                return Outcome(.render(pictures.reply))
            }
        } catch {
            return failure(error, of: begun)
        }
    }

    /// A reset, a step or a render of immediate rows.
    func answerNow(_ request: WireRequest.OneOf_Kind, _ encoding: MessageEncoding) -> Outcome {
        var begun: Call?
        do {
            guard let immediate else { throw WireRefusal(.notOffered) }
            let call = try call(for: request)
            begun = call
            switch call {
            case .reset(let seeds, let mask, let options):
                try immediate.resetNow(seeds: seeds, mask: mask, options: options, into: buffers)
                return try wasReset(mask)
            case .step(let actions):
                try immediate.stepNow(actions: actions, into: buffers)
                return try stepped()
            case .render(let indices):
                var pictures = Pictures(encoding)
                for index in indices {
                    try pictures.add(try immediate.renderNow(at: index, mode: renderMode), of: form)
                }
                return Outcome(.render(pictures.reply))
            }
        } catch {
            return failure(error, of: begun)
        }
    }

    /// A step of immediate rows whose request was read in place, with the fields of the `Step.Reply` written right away.
    ///
    /// - Returns: whether a single environment's episode is over.
    func stepNow(_ action: StepRequestFrame.Action, into reply: inout FrameWriter) throws -> Bool {
        guard let immediate else { throw WireRefusal(.notOffered) }
        try immediate.stepNow(actions: try actions(action), into: buffers)
        return try write(&reply)
    }

    /// What a call that threw is answered, by the kind of error, and what it leaves the session in.
    ///
    /// - Parameter call: nil where its request could not be read.
    func failure(_ error: any Error, of call: Call?) -> Outcome {
        var outcome = Outcome(failure: error, logger: logger)
        // A vector goes on after the failures of its rows.
        if isVector, outcome.end == .failed { outcome.end = .refused }
        // Of a single environment, the last episode has ended, and no other has begun.
        if !isVector, case .reset = call, outcome.end == .refused { outcome.end = .failed }
        return outcome
    }

    /// Gives the environment back; an episode under way is partial.
    nonisolated(nonsending) func close() async { await rows.close() }

    // MARK: Requests

    enum Call {
        case reset(seeds: [Seed?], mask: [Bool]?, options: [Value.Entry])
        /// The actions live until the next call.
        case step(UnsafeRawBufferPointer)
        case render([Int])
    }

    private func call(for request: WireRequest.OneOf_Kind) throws -> Call {
        switch request {
        case .reset(let reset):
            let options = try WireEntry.entries(reset.options)
            if isVector, let option = options.first {
                throw EnvironmentError(
                    .badArgument(name: option.key),
                    "a vector's reset has no options, got \"\(option.key)\"; leave it out")
            }
            return .reset(seeds: try seeds(reset.seeds), mask: try mask(reset.resetMask), options: options)
        case .step(let step): return .step(try actions(step.action))
        case .render(let render):
            guard !renderMode.isEmpty else {
                throw EnvironmentError(
                    .unsupported, "the environment was made without a render_mode; make it with one to render")
            }
            let indices = isVector && !render.indices.isEmpty ? render.indices.map { Int($0) } : Array(0..<form.count)
            if let index = indices.first(where: { $0 >= form.count }) {
                throw EnvironmentError(
                    .badArgument(name: "indices"), "there is no sub-environment \(index) of \(form.count)")
            }
            return .render(indices)
        default: throw WireRefusal(.notOffered)
        }
    }

    /// One seed is of sub-environment 0, seed + i of the others; several are one each.
    private func seeds(_ given: [WireSeed]) throws -> [Seed?] {
        let count = form.count
        guard given.count <= 1 || isVector && given.count == count else {
            throw EnvironmentError(
                .badArgument(name: "seeds"),
                isVector
                    ? "seeds are none, one, or one for each of the \(count) sub-environments; got \(given.count)"
                    : "a single environment takes one seed at most, got \(given.count)")
        }
        if given.count > 1 { return try given.map { seed throws(MalformedMessage) in try seed.seed() } }
        let first = try given.first.flatMap { seed throws(MalformedMessage) in try seed.seed() }
        return (0..<count).map { index in first?.advanced(by: index) }
    }

    private func mask(_ given: [Bool]) throws(EnvironmentError) -> [Bool]? {
        guard isVector, !given.isEmpty else { return nil }
        guard given.count == form.count else {
            throw EnvironmentError(
                .badArgument(name: "reset_mask"),
                "reset_mask has an entry for each of the \(form.count) sub-environments, or none; got \(given.count)")
        }
        guard given.contains(true) else {
            throw EnvironmentError(.badArgument(name: "reset_mask"), "reset_mask chooses no sub-environment")
        }
        guard hasBegun || given.allSatisfy(\.self) else {
            throw EnvironmentError(.resetNeeded, "the first reset is of all sub-environments; leave reset_mask out")
        }
        return given
    }

    private func actions(_ action: StepRequestFrame.Action) throws -> UnsafeRawBufferPointer {
        if case .discrete(let space) = form.actionSpace {
            switch action {
            case .integer(let integer) where !isVector && integer >= space.start && integer - space.start < space.n:
                buffers.actions.storeBytes(of: integer.littleEndian, as: Int64.self)
                return UnsafeRawBufferPointer(buffers.actions)
            case .array(let array) where isVector && isPlain(array, in: space): return array.bytes
            default: break
            }
        }
        return try actions(action.message)
    }

    /// Whether these are elements of the action space as they are, which is what clients nearly always send.
    private func isPlain(_ array: FrameArray, in space: Space.Discrete) -> Bool {
        guard array.dtype == .int64, array.shape.count == 1, array.shape[0] == form.count else { return false }
        let last = space.start + (space.n - 1)
        for offset in stride(from: 0, to: array.bytes.count, by: 8) {
            let element = Int64(littleEndian: array.bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self))
            if element < space.start || element > last { return false }
        }
        return true
    }

    /// - Throws: ``WireRefusal``: it is no action, and nothing is stepped.
    private func actions(_ action: WireValue) throws -> UnsafeRawBufferPointer {
        let element: Value
        do {
            element = try actionSpace.element(from: try action.value(expecting: actionSpace))
        } catch {
            throw WireRefusal(WireError(action: error))
        }
        return try buffers.put(action: element)
    }

    // MARK: Replies

    private func wasReset(_ mask: [Bool]?) throws -> Outcome {
        hasBegun = true
        var writer = FrameWriter()
        if isVector, let observationForm {
            let info = form.infoDetail == .full ? infos { mask?[$0] ?? true } ?? [] : nil
            writer.resetReply(rows: buffers, observation: observationForm, seeds: rows.seeds, info: info)
        } else {
            writer.resetReply(
                single: buffers, observation: observationForm, seed: rows.seeds[0],
                episode: listeners.lazy.compactMap(\.episode).first,
                info: form.infoDetail == .full ? rows.info(at: 0) : [])
        }
        return Outcome(.reset(try WireReset.Reply(serializedBytes: Data(writer.bytes))))
    }

    private func stepped() throws -> Outcome {
        var writer = FrameWriter()
        let isOver = try write(&writer)
        return Outcome(.step(try WireStep.Reply(serializedBytes: Data(writer.bytes))), isOver: isOver)
    }

    /// Writes what the last step has left.
    ///
    /// - Returns: whether a single environment's episode is over.
    private func write(_ reply: inout FrameWriter) throws(WireRefusal) -> Bool {
        for index in 0..<buffers.count where !buffers.rewards[index].isFinite {
            throw .nonFinite(reward: buffers.rewards[index], of: isVector ? index : nil)
        }
        if isVector, let observationForm {
            reply.stepReply(rows: buffers, observation: observationForm, info: stepInfo(), finalInfo: finalInfo())
            // A vector goes on after the ends of its sub-environments' episodes.
            return false
        }
        let isOver = isOver(0)
        reply.stepReply(
            single: buffers, observation: observationForm,
            info: form.infoDetail.tells(isEnd: isOver) ? rows.info(at: 0) : [])
        return isOver
    }

    /// What a vector's step's reply says beside the rows; nil where it says nothing.
    private func stepInfo() -> [InfoBatch]? {
        switch form.infoDetail {
        case .full: return infos { _ in true }
        case .ends where form.layout.autoresetMode != .sameStep && (0..<form.count).contains(where: isOver):
            return infos(of: isOver)
        case .ends, .none: return nil
        }
    }

    /// What was last known of the episodes that the step ended and that have begun anew; nil where there are none.
    private func finalInfo() -> [InfoBatch]? {
        guard form.layout.autoresetMode == .sameStep, buffers.finalMask.contains(true) else { return nil }
        return InfoBatch.batch((0..<form.count).map { rows.finalInfo(at: $0) })
    }

    /// The infos of the chosen sub-environments; nil where there are none.
    private func infos(of isChosen: (Int) -> Bool) -> [InfoBatch]? {
        let infos = (0..<form.count).map { isChosen($0) ? rows.info(at: $0) : nil }
        return infos.contains { $0 != nil } ? InfoBatch.batch(infos) : nil
    }

    private func isOver(_ index: Int) -> Bool { buffers.terminations[index] || buffers.truncations[index] }
}

/// The pictures of a reply, as many as it has room for.
private struct Pictures {
    private(set) var reply = WireRender.Reply()
    private var room: Int

    init(_ encoding: MessageEncoding) { room = encoding.mostPictureBytes }

    mutating func add(_ frame: RenderedFrame?, of form: EnvironmentForm) throws(EnvironmentError) {
        switch frame {
        case .text(let text): reply.text.append(text)
        case .image(let image):
            room -= image.bytes.count
            guard room >= 0 || !form.layout.isVector else {
                throw EnvironmentError(
                    .badArgument(name: "indices"),
                    "\(reply.frames.count) pictures of \(image.bytes.count) bytes are as many as a reply has room "
                        + "for; ask for fewer, by indices")
            }
            reply.frames.append(WireArray(image))
        case nil:
            if !form.layout.isVector {
                throw EnvironmentError(.unsupported, "\(form.spec.id) shows nothing in its present state")
            }
        }
    }
}
