import EnvironmentProtocol
import Foundation
import Gymnasium
import SwiftProtobuf

extension Router {
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
            } else if case .recv(let receive) = request.kind {
                self.receive(receive, request, in: session, payload: payload, from)
            } else if let obstacle = obstacle(to: request, in: session) {
                refuse(request, from, obstacle)
            } else {
                execute(request, in: session, payload: payload, from)
            }
        }
    }

    private func execute(_ request: WireRequest, in session: Session, payload: Int, _ from: Correspondent) {
        session.accept(request.requestID, payload: payload)
        guard var kind = request.kind else { return }
        let isSend = kind.isSend
        if case .send(let send) = kind { kind = .step(.with { $0.action = send.action }) }
        if let refusal = refusal(of: kind, in: session) {
            // The id is used up, so that the refusal can be repeated.
            let bytes = send(.error(refusal), to: from, requestID: request.requestID, session: session.id)
            session.keep(bytes, to: request.requestID)
            return
        }
        session.running =
            isSend ? issueTicket(request, in: session, from) : Waiting(requestID: request.requestID, from: from)
        if case .reset = kind { session.unreceived = nil }
        run(kind, in: session, from, requestID: request.requestID, isAnsweredLater: isSend)
    }

    /// - Parameter isAnsweredLater: the reply is not the request's own, and encoded when it is asked for.
    private func run(
        _ kind: WireRequest.OneOf_Kind, in session: Session, _ from: Correspondent, requestID: UInt64,
        isAnsweredLater: Bool
    ) {
        let readable = from.encoding == .json
        guard let stepper = session.stepper else {
            start { [hosted = session.hosted, id = session.id] in
                let outcome = await hosted.perform { try await $0.call(kind, readable: readable) }
                self.complete(.called(session: id, outcome: outcome, reply: nil))
            }
            return
        }
        if stepper.isQuick(kind) {
            finish(.called(session: session.id, outcome: stepper.perform(kind, readable: readable), reply: nil))
            return
        }
        startBeside { [encoder, id = session.id, encoding = from.encoding] in
            let outcome = stepper.perform(kind, readable: readable)
            let reply =
                isAnsweredLater ? nil : encoder.encode(outcome.kind, encoding, requestID: requestID, session: id)
            self.complete(.called(session: id, outcome: outcome, reply: reply))
        }
    }

    /// Why a request is not executed in the state that the session is in.
    private func refusal(of request: WireRequest.OneOf_Kind, in session: Session) -> WireError? {
        switch request {
        case .reset: nil
        case .step where session.state != .ready:
            WireError(
                .failedPrecondition, .resetNeeded,
                "a step \(session.state == .made ? "before the first reset" : "after the episode's end"): call reset first"
            )
        case .step: nil
        case .render where session.state == .made:
            WireError(.failedPrecondition, .resetNeeded, "there is nothing to render before the first reset")
        case .render: nil
        default: .notOffered
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
        case .called(let id, let outcome, let encoded):
            guard let session = sessions[id], let running = session.running else { return }
            session.running = nil
            let now = ContinuousClock.now
            session.leaseEnds = now + configuration.idleTimeout
            meter.count(outcome.kind, after: now - running.since)
            if let state = outcome.state { session.state = state }
            switch outcome.kind {
            case .step: session.steps += 1
            case .reset: session.episodes += 1
            default: break
            }
            if let ticket = running.ticket {
                deliver(TicketedResult(ticket: ticket, outcome.kind), to: running, in: session)
            } else if let from = running.from {
                let isCutShort = outcome.wasCancelled && session.ending != nil
                let bytes =
                    (isCutShort ? nil : encoded)
                    ?? encoder.encode(
                        isCutShort ? Router.cutShort : outcome.kind, from.encoding, requestID: running.requestID,
                        session: id)
                send(bytes, to: from)
                session.keep(bytes, to: running.requestID)
            }
            if session.ending != nil { close(session) }
        case .stepped(let id, let step):
            if let session = sessions[id] { finishStep(of: session, step, at: .now) }
        case .closed(let id):
            guard let session = sessions.removeValue(forKey: id) else { return }
            meter.sessions(sessions.count)
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

    private func deliver(_ result: TicketedResult, to waiting: Waiting, in session: Session) {
        guard let from = waiting.from else {
            session.unreceived = result
            return
        }
        let bytes = send(result.kind, to: from, requestID: waiting.requestID, session: session.id)
        session.keep(bytes, to: waiting.requestID)
    }

    private static let cutShort = WireReply.OneOf_Kind.error(
        WireError(.notFound, .sessionExpired, "the session was closed while this request ran"))

    private func finishMake(_ nonce: Data, _ id: String, _ outcome: Outcome) {
        guard let make = making.removeValue(forKey: nonce) else { return }
        guard let made = outcome.made else {
            // Not kept: nothing was made that a second make could make twice.
            if let from = make.from { send(outcome.kind, to: from, requestID: 0, session: "") }
            return
        }
        let session = Session(
            id: id, hosted: make.hosted, stepper: made.stepper, leaseEnds: .now + configuration.idleTimeout)
        sessions[id] = session
        meter.sessions(sessions.count, begun: true)
        if isStopping { end(session, .stopping) }
        guard let from = make.from else { return }
        let bytes = send(outcome.kind, to: from, requestID: 0, session: id)
        self.made[nonce] = Made(payload: make.payload, reply: bytes, at: .now)
    }
}

extension WireRequest.OneOf_Kind {
    fileprivate var isSend: Bool { if case .send = self { true } else { false } }
}
