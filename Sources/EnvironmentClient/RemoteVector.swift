import EnvironmentProtocol
import Foundation
public import Gymnasium
public import Randomness
import SwiftProtobuf

/// Environments of a server as a vector of this process.
///
/// A step is one message, and steps once whatever is lost on the way. Infos are kept as they came, and decoded when
/// asked for; they are of the last reply that concerns a sub-environment, so where only ends have infos there are none
/// in between. Where no mask of actions has been told, all are allowed.
///
/// Used by one thread at a time, which waits. What cannot be done within a time that the server's expectations set is
/// ``ClientError/timeout(request:endpoint:seconds:)``.
///
///     let farms = try RemoteVector(
///         ClientConfiguration("tcp://127.0.0.1:5555"), make: RemoteMake("faasfarm/Farm-v0", count: 4))
///     let buffers = RowBuffers(for: farms)
///     try farms.begin(seeds: [Seed(1), Seed(2), Seed(3), Seed(4)], into: buffers)
///     // ... steps with the bytes of four actions:
///     try farms.stepNow(actions: bytes, into: buffers)
///     farms.closeNow()
public final class RemoteVector: ImmediateRows {
    public let form: EnvironmentForm
    public private(set) var seeds: [Seed]
    /// Why the last reset, step or render failed; nil when it did not.
    public private(set) var failure: ClientError?

    /// Ends the session from any thread, beside a call that waits.
    public let end: SessionEnd

    private let session: RemoteSession
    private let rows: any RemoteRows
    private let rowForm: RowForm
    private let renderMode: String
    /// Of a reset that failed, which steps are to tell: whom it was of.
    private var failedReset: [Bool]?

    /// Makes the environments.
    ///
    /// - Throws: ``ClientError``: nobody answers, the server refuses, or it has no vectors and several are asked for.
    public init(_ configuration: ClientConfiguration, make: RemoteMake) throws(ClientError) {
        guard make.count >= 1 else { throw .unsupported("a vector has one environment or more, got \(make.count)") }
        session = try RemoteSession(configuration, make)
        let made = session.made
        end = SessionEnd(session: made.sessionID, configuration: configuration)
        do throws(ClientError) {
            guard !made.hasNumEnvs || made.numEnvs == UInt32(clamping: make.count) else {
                throw ClientError.mismatch(
                    "\(make.count) environments were asked for, and \(made.numEnvs) made")
            }
            guard !made.hasNumEnvs || made.autoresetMode.mode == make.autoresetMode else {
                throw ClientError.mismatch(
                    "the server was asked for the autoreset mode \(make.autoresetMode.rawValue) and made another")
            }
            let (observationSpace, actionSpace, arguments) = try made.parts()
            rowForm = try RowForm(count: make.count, observationSpace: observationSpace, actionSpace: actionSpace)
            form = EnvironmentForm(
                spec: EnvironmentSpec(made.spec), observationSpace: observationSpace, actionSpace: actionSpace,
                layout: .vector(count: make.count, make.autoresetMode), arguments: arguments,
                // By the argument `info`, where the environment has one.
                infoDetail: arguments.first { $0.key == "info" }?.value.string.flatMap(InfoDetail.init) ?? .full,
                // The protocol tells masks with the steps only; of what can be masked it is assumed.
                actionMaskCount: rowForm.maskCount, expectedStepSeconds: made.expectedStepS,
                expectedResetSeconds: made.expectedResetS)
        } catch {
            session.close()
            throw error
        }
        seeds = Array(repeating: Seed(0), count: make.count)
        renderMode = made.renderMode
        rows =
            made.hasNumEnvs
            ? VectorRows(session, rowForm, form.infoDetail)
            : SingleRow(session, rowForm, make.autoresetMode, form.infoDetail)
    }

    /// Begins episodes, or throws why not at once; see ``resetNow(seeds:mask:options:into:)``.
    ///
    /// - Throws: ``ClientError``.
    @discardableResult
    public func begin(seeds: [Seed?], mask: [Bool]? = nil, into buffers: RowBuffers) throws(ClientError) -> [Seed] {
        let chosen = mask ?? Array(repeating: true, count: count)
        do throws(ClientError) {
            guard seeds.count == count, chosen.count == count else {
                throw .unsupported(
                    "expected a seed, or nil, and a flag for each of the \(count) sub-environments, got \(seeds.count) "
                        + "and \(chosen.count)")
            }
            self.seeds = try rows.reset(seeds: seeds, mask: mask, into: buffers)
            failure = nil
            // Others still wait for theirs.
            if chosen == failedReset || chosen.allSatisfy(\.self) { failedReset = nil }
            return self.seeds
        } catch {
            failure = error
            failedReset = chosen
            throw error
        }
    }

    /// Begins episodes. When that fails, the buffers stay as they are, and steps throw until the same reset, or one of all,
    /// has succeeded.
    public func resetNow(
        seeds: [Seed?], mask: [Bool]?, options: [Value.Entry], into buffers: RowBuffers
    ) throws(EnvironmentError) {
        do throws(ClientError) {
            guard options.isEmpty else { throw .unsupported("a vector's reset has no options") }
            try begin(seeds: seeds, mask: mask, into: buffers)
        } catch {
            throw EnvironmentError(error)
        }
    }

    public func stepNow(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) throws(EnvironmentError) {
        guard actions.count == count * rowForm.action.byteCount else {
            throw EnvironmentError(
                .actionShape,
                "expected \(count) actions of \(rowForm.action.byteCount) bytes each, got \(actions.count) bytes")
        }
        if failedReset != nil {
            throw failure.map { EnvironmentError($0) }
                ?? EnvironmentError(
                    .resetNeeded, "a reset of some sub-environments failed, and was not repeated; reset them")
        }
        do {
            try rows.step(actions, into: buffers)
            failure = nil
        } catch {
            failure = error
            throw EnvironmentError(error)
        }
    }

    public func info(at index: Int) -> [Value.Entry] { rows.info(at: index) }

    public func finalInfo(at index: Int) -> [Value.Entry]? { rows.finalInfo(at: index) }

    /// - Returns: nil also for a mode the vector was not made with, and when ``failure`` says why not.
    public func renderNow(at index: Int, mode: String) throws(EnvironmentError) -> RenderedFrame? {
        guard !renderMode.isEmpty, mode == renderMode else { return nil }
        do {
            let request = WireRender.Request.with { $0.indices = session.made.hasNumEnvs ? [UInt32(index)] : [] }
            guard case .render(let reply) = try session.call(.render(request), expected: expectedStepSeconds) else {
                return nil
            }
            failure = nil
            if let text = reply.text.first { return .text(text) }
            return (try? reply.frames.first?.array()).map { .image($0) }
        } catch {
            failure = error
            return nil
        }
    }

    /// Ends the session, within a second and also when the server is gone.
    public func closeNow() { session.close() }
}

extension EnvironmentError {
    init(_ error: ClientError) {
        let reason: Reason
        var row: Int?
        switch error {
        case .timeout, .unreachable: reason = .unanswered
        case .sessionLost, .mismatch, .closed: reason = .lost
        case .unsupported: reason = .unsupported
        case .refused(let refusal):
            row = refusal.environmentIndex
            reason =
                switch refusal.reason {
                case .resetNeeded: .resetNeeded
                case .actionShape: .actionShape
                case .actionDtype: .actionType
                case .actionOutOfSpace: .actionOutOfSpace
                default: .crashed
                }
        }
        self.init(reason, error.description, row: row)
    }
}
