import EnvironmentProtocol
import Foundation
import Gymnasium
import SwiftProtobuf

extension Router {
    typealias Call = @Sendable (isolated HostedEnvironment) async throws -> HostedEnvironment.Outcome

    /// What the request asks of the environment; nil when it is refused, see ``refusal(of:in:)``.
    func call(_ request: WireRequest, in session: Session, readable: Bool) -> Call? {
        switch request.kind {
        case .reset(let reset): return { try await $0.reset(reset, readable: readable) }
        case .step(let step):
            guard session.state == .ready, let action = try? action(step, in: session) else { return nil }
            return { try await $0.step(action, readable: readable) }
        case .render: return { try await $0.render(readable: readable) }
        default: return nil
        }
    }

    /// Why the request is not executed.
    func refusal(of request: WireRequest, in session: Session) -> WireError {
        guard case .step(let step) = request.kind else {
            return WireError(.unimplemented, .capabilityMissing, "this server does not offer this request")
        }
        guard session.state == .ready else {
            let why = session.state == .made ? "before the first reset" : "after the episode's end"
            return WireError(.failedPrecondition, .resetNeeded, "a step \(why): call reset first")
        }
        do {
            _ = try action(step, in: session)
            return WireError(.internal, .envCrashed, "the action was refused for no reason; please report this")
        } catch {
            return WireError(action: error)
        }
    }

    private func action(_ step: WireStep.Request, in session: Session) throws(SpaceMismatch) -> Value {
        try session.actionSpace.element(from: try step.action.value(expecting: session.actionSpace))
    }

    /// Books a finished call, and answers it.
    func finish(_ completion: Completion) {
        switch completion {
        case .made(let key, let id, let hosted, let outcome):
            let from = making.removeValue(forKey: key)
            if let actionSpace = outcome.actionSpace {
                sessions[id] = Session(hosted: hosted, actionSpace: actionSpace, leaseEnds: .now + configuration.idleTimeout)
            } else {
                start { await hosted.close() }
            }
            guard let from else { return }
            let bytes = send(outcome.kind, to: from, requestID: 0, session: outcome.actionSpace == nil ? "" : id)
            made[key] = (bytes, .now)
        case .called(let id, let outcome):
            guard let session = sessions[id], let pending = session.pending else { return }
            sessions[id]?.pending = nil
            sessions[id]?.leaseEnds = .now + configuration.idleTimeout
            if let state = outcome.state { sessions[id]?.state = state }
            switch outcome.kind {
            case .step: sessions[id]?.steps += 1
            case .reset: sessions[id]?.episodes += 1
            case .error(let error) where error.code == .internal || error.code == .unavailable: sessions[id]?.state = .done
            default: break
            }
            let bytes = send(outcome.kind, to: pending.from, requestID: pending.requestID, session: id)
            if pending.requestID != 0, pending.requestID == session.lastRequestID { sessions[id]?.lastReply = bytes }
        case .closed(let id):
            guard let session = sessions.removeValue(forKey: id), let closing = session.closing else { return }
            let reply = WireReply.OneOf_Kind.close(
                .with {
                    $0.steps = session.steps
                    $0.episodes = session.episodes
                })
            if let pending = session.pending {
                send(
                    .error(WireError(.unavailable, .sessionExpired, "the session was closed while the request ran")), to: pending.from,
                    requestID: pending.requestID, session: id)
            }
            tombstones.add(id, reply: send(reply, to: closing.from, requestID: closing.requestID, session: id))
        }
    }
}
