import EnvironmentProtocol
import Foundation
import Gymnasium
import SwiftProtobuf

extension Router {
    typealias Call = @Sendable (isolated HostedEnvironment) async throws -> HostedEnvironment.Outcome

    private enum Verdict {
        case run(Call)
        case refuse(WireError)
    }

    /// A request that belongs to a session.
    func inSession(_ request: WireRequest, payload: Int, _ from: Correspondent) {
        guard let session = sessions[request.sessionID], session.ending == nil else {
            inEndedSession(request, from)
            return
        }
        session.leaseEnds = .now + configuration.idleTimeout
        switch session.admit(request.requestID, payload: payload) {
        case .refuse(let error): refuse(request, from, error)
        case .resend(let bytes): send(bytes, to: from)
        case .wait: session.running?.from = from
        case .execute:
            if case .close = request.kind {
                session.accept(request.requestID, payload: payload)
                end(session, .closed(Waiting(requestID: request.requestID, from: from)))
            } else if session.running != nil {
                refuse(
                    request, from,
                    WireError(
                        .failedPrecondition, .sessionBusy,
                        "the session's last request still runs; wait for its reply, or send it again under its own id",
                        retryAfterMilliseconds: 100))
            } else {
                execute(request, in: session, payload: payload, from)
            }
        }
    }

    private func execute(_ request: WireRequest, in session: Session, payload: Int, _ from: Correspondent) {
        session.accept(request.requestID, payload: payload)
        switch judge(request, in: session, readable: from.encoding == .json) {
        case .run(let call):
            session.running = Waiting(requestID: request.requestID, from: from)
            start { [hosted = session.hosted, id = session.id] in
                let outcome = await hosted.perform(call)
                self.complete(.called(session: id, outcome: outcome))
            }
        case .refuse(let error):
            // The id is used up, so that the refusal can be repeated.
            let bytes = send(.error(error), to: from, requestID: request.requestID, session: session.id)
            session.keep(bytes, to: request.requestID)
        }
    }

    /// What the request asks of the environment, or why it is not executed.
    private func judge(_ request: WireRequest, in session: Session, readable: Bool) -> Verdict {
        switch request.kind {
        case .reset(let reset): return .run { try await $0.reset(reset, readable: readable) }
        case .step(let step):
            guard session.state == .ready else {
                let why = session.state == .made ? "before the first reset" : "after the episode's end"
                return .refuse(WireError(.failedPrecondition, .resetNeeded, "a step \(why): call reset first"))
            }
            do {
                let space = session.actionSpace
                let action = try space.element(from: try step.action.value(expecting: space))
                return .run { try await $0.step(action, readable: readable) }
            } catch {
                return .refuse(WireError(action: error))
            }
        case .render(let render):
            guard session.state != .made else {
                return .refuse(
                    WireError(
                        .failedPrecondition, .resetNeeded, "there is nothing to render before the first reset"))
            }
            return .run { try await $0.render(render, readable: readable) }
        default:
            return .refuse(
                WireError(
                    .unimplemented, .capabilityMissing,
                    "this server does not offer this request; hello's capabilities say what it offers"))
        }
    }

    /// A close that is sent again gets its reply; all else comes too late.
    private func inEndedSession(_ request: WireRequest, _ from: Correspondent) {
        guard case .close = request.kind else {
            refuse(request, from, absence(of: request.sessionID))
            return
        }
        if let session = sessions[request.sessionID], case .closed = session.ending {
            session.ending = .closed(Waiting(requestID: request.requestID, from: from))
        } else if let closed = tombstones.closed(request.sessionID) {
            if closed.requestID == request.requestID {
                send(closed.bytes, to: from)
            } else {
                send(.close(closed.reply), to: from, requestID: request.requestID, session: request.sessionID)
            }
        } else {
            refuse(request, from, absence(of: request.sessionID))
        }
    }

    /// Books a finished job, and answers whoever waits for it.
    func finish(_ completion: Completion) {
        switch completion {
        case .made(let nonce, let id, let outcome): finishMake(nonce, id, outcome)
        case .called(let id, let outcome):
            guard let session = sessions[id], let running = session.running else { return }
            session.running = nil
            session.leaseEnds = .now + configuration.idleTimeout
            if let state = outcome.state { session.state = state }
            switch outcome.kind {
            case .step: session.steps += 1
            case .reset: session.episodes += 1
            default: break
            }
            if let from = running.from {
                let kind = outcome.wasCancelled && session.ending != nil ? Router.cutShort : outcome.kind
                let bytes = send(kind, to: from, requestID: running.requestID, session: id)
                session.keep(bytes, to: running.requestID)
            }
            if session.ending != nil { close(session) }
        case .closed(let id):
            guard let session = sessions.removeValue(forKey: id) else { return }
            guard case .closed(let waiting) = session.ending, let from = waiting.from else {
                tombstones.add(id, closed: nil)
                return
            }
            let reply = WireClose.Reply.with {
                $0.steps = session.steps
                $0.episodes = session.episodes
            }
            let bytes = send(.close(reply), to: from, requestID: waiting.requestID, session: id)
            tombstones.add(id, closed: Tombstones.Closed(requestID: waiting.requestID, reply: reply, bytes: bytes))
        }
    }

    private static let cutShort = WireReply.OneOf_Kind.error(
        WireError(.notFound, .sessionExpired, "the session was closed while this request ran"))

    private func finishMake(_ nonce: Data, _ id: String, _ outcome: HostedEnvironment.Outcome) {
        guard let make = making.removeValue(forKey: nonce) else { return }
        guard let actionSpace = outcome.actionSpace else {
            // Not kept: nothing was made that a second make could make twice.
            if let from = make.from { send(outcome.kind, to: from, requestID: 0, session: "") }
            return
        }
        let session = Session(
            id: id, hosted: make.hosted, actionSpace: actionSpace, leaseEnds: .now + configuration.idleTimeout)
        sessions[id] = session
        if isStopping { end(session, .stopping) }
        guard let from = make.from else { return }
        let bytes = send(outcome.kind, to: from, requestID: 0, session: id)
        made[nonce] = Made(payload: make.payload, reply: bytes, at: .now)
    }
}
