import Dispatch
import EnvironmentProtocol
import Foundation
import Gymnasium
import Randomness
import SwiftProtobuf

/// The vector of one session: requests to its buffers, and buffers to replies.
///
/// It belongs to one ``HostedEnvironment``, whose calls come one at a time.
final class VectorHost {
    private let vector: any VectorEnvironment
    private let buffers: VectorBuffers
    private let observationForm: ArrayForm
    private var hasBegun = false
    private var renderMode: String
    /// Where steps run that would hold up Swift's cooperative pool.
    private let queue = DispatchQueue(label: "vector")
    private var lastStep = Duration.zero

    init(_ vector: some VectorEnvironment, renderMode: String) throws(EnvironmentError) {
        guard let form = vector.singleObservationSpace.arrayForm, vector.singleActionSpace.arrayForm != nil else {
            throw EnvironmentError(
                .unsupported, "\(vector.spec.id) has dict, tuple or text spaces, of which there are no vectors")
        }
        self.vector = vector
        buffers = VectorBuffers(for: vector)
        observationForm = form
        self.renderMode = renderMode
    }

    /// What a step's action is an element of.
    var actionSpace: Space? { vector.singleActionSpace.batched(vector.count) }

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
            reply.info = info(readable: readable) { request.resetMask.isEmpty || request.resetMask[$0] }
        }
        return reply
    }

    nonisolated(nonsending) func step(_ action: Value, readable: Bool) async throws -> WireStep.Reply {
        guard case .array(let array) = action else {
            throw EnvironmentError(.actionType, "a vector's action is an array with a row for each sub-environment")
        }
        let actions = inRows(array)
        let clock = ContinuousClock()
        let begun = clock.now
        if lastStep < .milliseconds(1) { try step(actions) } else { try await stepAside(actions) }
        lastStep = clock.now - begun
        if let index = buffers.rewards.firstIndex(where: { !$0.isFinite }) {
            throw WireRefusal(
                .with {
                    $0.code = .internal
                    $0.reason = .nonFiniteReward
                    $0.message = "sub-environment \(index) gave the reward \(buffers.rewards[index]); reset it"
                    $0.envIndex = UInt32(index)
                })
        }
        var reply = WireStep.Reply()
        reply.observation = rows(buffers.observations, readable: readable)
        reply.rewards = Array(buffers.rewards)
        reply.terminations = Array(buffers.terminations)
        reply.truncations = Array(buffers.truncations)
        reply.info = info(readable: readable) { [vector, buffers] index in
            switch vector.infoDetail {
            case .full: true
            case .ends: vector.autoresetMode != .sameStep && (buffers.terminations[index] || buffers.truncations[index])
            case .none: false
            }
        }
        if vector.autoresetMode == .sameStep, buffers.finalMask.contains(true) {
            reply.finalObs = rows(buffers.finalObservations, readable: readable)
            reply.finalMask = Array(buffers.finalMask)
            reply.finalInfo = WireInfo(
                batches: InfoBatch.batch((0..<vector.count).map { vector.finalInfo(at: $0) }), readable: readable)
        }
        if vector.actionMaskCount > 0 {
            reply.actionMask = rows(
                UnsafeMutableRawBufferPointer(buffers.actionMasks),
                ArrayForm(dtype: .int8, shape: [vector.actionMaskCount]), readable: readable)
        }
        return reply
    }

    /// In the element type of the action space, which checked actions need not have: integers come as int64.
    private func inRows(_ actions: NDArray) -> NDArray {
        guard let dtype = vector.singleActionSpace.arrayForm?.dtype, dtype != actions.dtype else { return actions }
        return NDArray(dtype: dtype, shape: actions.shape, values: actions.doubles) ?? actions
    }

    func render(_ indices: [UInt32], readable: Bool) throws -> WireRender.Reply {
        guard !renderMode.isEmpty else {
            throw EnvironmentError(
                .unsupported, "the vector was made without a render_mode; make it with one to render")
        }
        var reply = WireRender.Reply()
        for index in indices.isEmpty ? Array(0..<UInt32(vector.count)) : indices {
            guard index < vector.count else {
                throw EnvironmentError(
                    .badArgument(name: "indices"), "there is no sub-environment \(index) of \(vector.count)")
            }
            switch vector.render(at: Int(index), mode: renderMode) {
            case .text(let text): reply.text.append(text)
            case .image(let image): reply.frames.append(WireArray(image, readable: readable))
            case nil: break
            }
        }
        return reply
    }

    func close() { vector.close() }

    private func step(_ actions: NDArray) throws {
        do {
            try actions.bytes.withUnsafeBytes { try vector.step(actions: $0, into: buffers) }
        } catch let error as VectorStepError {
            throw WireRefusal(
                .with {
                    $0.code = .failedPrecondition
                    $0.reason = .resetNeeded
                    $0.message = error.description
                    $0.envIndex = UInt32(error.index)
                })
        }
    }

    private nonisolated(nonsending) func stepAside(_ actions: NDArray) async throws {
        // The caller waits, so nothing else touches this host meanwhile.
        nonisolated(unsafe) let host = self
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.async { continuation.resume(with: Result { try host.step(actions) }) }
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

    private func info(readable: Bool, of isChosen: (Int) -> Bool) -> WireInfo {
        let infos = (0..<vector.count).map { isChosen($0) ? vector.info(at: $0) : nil }
        return infos.contains { $0 != nil } ? WireInfo(batches: InfoBatch.batch(infos), readable: readable) : WireInfo()
    }
}

/// An error reply that the environment's own errors have no words for.
struct WireRefusal: Error {
    let error: WireError

    init(_ error: WireError) { self.error = error }
}
