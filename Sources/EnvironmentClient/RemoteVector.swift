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
public final class RemoteVector: VectorEnvironment {
    public let spec: EnvironmentSpec
    public let singleObservationSpace: Space
    public let singleActionSpace: Space
    public let count: Int
    public let autoresetMode: AutoresetMode
    public let arguments: [Value.Entry]
    /// The server knows it; nothing here does.
    public let scenarioText = ""
    /// By the argument `info`, where the environment has one.
    public let infoDetail: InfoDetail
    /// As many as a discrete space has actions; 0 for other spaces.
    public let actionMaskCount: Int
    public let expectedStepSeconds: Double
    /// Why the last reset, step or render failed; nil when it did not.
    public private(set) var failure: ClientError?

    /// Ends the session from any thread, beside a call that waits.
    public let end: SessionEnd

    private let session: RemoteSession
    private let rows: any RemoteRows
    private let form: RowForm
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
            (singleObservationSpace, singleActionSpace, arguments) = try made.parts()
            form = try RowForm(
                count: make.count, observationSpace: singleObservationSpace, actionSpace: singleActionSpace)
        } catch {
            session.close()
            throw error
        }
        spec = EnvironmentSpec(made.spec)
        count = make.count
        autoresetMode = make.autoresetMode
        infoDetail = arguments.first { $0.key == "info" }?.value.string.flatMap(InfoDetail.init) ?? .full
        actionMaskCount = form.maskCount
        expectedStepSeconds = made.expectedStepS
        renderMode = made.renderMode
        rows =
            made.hasNumEnvs
            ? VectorRows(session, form, infoDetail) : SingleRow(session, form, autoresetMode, infoDetail)
    }

    /// Begins episodes, or throws why not at once; see ``reset(seeds:mask:into:)``.
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
            let seeds = try rows.reset(seeds: seeds, mask: mask, into: buffers)
            failure = nil
            // Others still wait for theirs.
            if chosen == failedReset || chosen.allSatisfy(\.self) { failedReset = nil }
            return seeds
        } catch {
            failure = error
            failedReset = chosen
            throw error
        }
    }

    /// Begins episodes. When that fails, ``failure`` says why, the buffers stay as they are, and steps throw until the
    /// same reset, or one of all, has succeeded.
    public func reset(seeds: [Seed?], mask: [Bool]?, into buffers: RowBuffers) -> [Seed] {
        (try? begin(seeds: seeds, mask: mask, into: buffers)) ?? Array(repeating: Seed(0), count: count)
    }

    public func step(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) throws(VectorStepError) {
        guard actions.count == count * form.action.byteCount else {
            throw VectorStepError(
                kind: .invalidActions,
                "expected \(count) actions of \(form.action.byteCount) bytes each, got \(actions.count) bytes")
        }
        if failedReset != nil {
            throw failure.map { VectorStepError($0) }
                ?? VectorStepError("a reset of some sub-environments failed, and was not repeated; reset them")
        }
        do {
            try rows.step(actions, into: buffers)
            failure = nil
        } catch {
            failure = error
            throw VectorStepError(error)
        }
    }

    public func info(at index: Int) -> [Value.Entry] { rows.info(at: index) }

    public func finalInfo(at index: Int) -> [Value.Entry]? { rows.finalInfo(at: index) }

    /// - Returns: nil also for a mode the vector was not made with, and when ``failure`` says why not.
    public func render(at index: Int, mode: String) -> RenderedFrame? {
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
    public func close() { session.close() }
}

extension VectorStepError {
    init(_ error: ClientError) {
        let kind: Kind
        var index = 0
        switch error {
        case .timeout, .unreachable: kind = .unanswered
        case .sessionLost, .mismatch, .closed: kind = .lost
        case .unsupported: kind = .failed
        case .refused(let refusal):
            index = refusal.environmentIndex ?? 0
            kind =
                switch refusal.reason {
                case .resetNeeded: .resetNeeded
                case .actionShape, .actionDtype, .actionOutOfSpace: .invalidActions
                default: .failed
                }
        }
        self.init(index: index, kind: kind, error.description)
    }
}
