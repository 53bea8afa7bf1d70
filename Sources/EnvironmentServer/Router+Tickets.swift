import EnvironmentProtocol
import Foundation
import SwiftProtobuf

/// A step that was sent for, and its result that nobody has asked for yet.
struct TicketedResult {
    let ticket: UInt64
    /// A recv, or an error.
    let kind: WireReply.OneOf_Kind

    init(ticket: UInt64, _ kind: WireReply.OneOf_Kind) {
        self.ticket = ticket
        if case .step(let reply) = kind { self.kind = .recv(reply) } else { self.kind = kind }
    }
}

/// `send` and `recv`: a step whose request is answered at its beginning, and again when asked for its end.
extension Router {
    /// Answers a send with its ticket.
    ///
    /// - Returns: who waits for the step: nobody yet.
    func issueTicket(_ request: WireRequest, in session: Session, _ from: Correspondent) -> Waiting {
        session.tickets += 1
        let reply = WireSend.Reply.with { $0.ticket = session.tickets }
        let bytes = send(.send(reply), to: from, requestID: request.requestID, session: session.id)
        session.keep(bytes, to: request.requestID)
        return Waiting(requestID: 0, from: nil, ticket: session.tickets)
    }

    /// Answers a recv, now or at its step's end.
    func receive(
        _ receive: WireReceive.Request, _ request: WireRequest, in session: Session, payload: Int, _ from: Correspondent
    ) {
        session.accept(request.requestID, payload: payload)
        let kind: WireReply.OneOf_Kind
        if let running = session.running, running.ticket == receive.ticket {
            session.running?.requestID = request.requestID
            session.running?.from = from
            return
        } else if let result = session.unreceived, result.ticket == receive.ticket {
            session.unreceived = nil
            kind = result.kind
        } else {
            let open = session.running?.ticket ?? session.unreceived?.ticket
            kind = .error(
                WireError(
                    .invalidArgument, .badArgument,
                    "there is no ticket \(receive.ticket) to receive; "
                        + (open.map { "the open one is \($0)" } ?? "send a step first"), field: "ticket"))
        }
        let bytes = send(kind, to: from, requestID: request.requestID, session: session.id)
        session.keep(bytes, to: request.requestID)
    }

    /// Why a request must wait; nil when it need not.
    func obstacle(to request: WireRequest, in session: Session) -> WireError? {
        if session.running != nil {
            return WireError(
                .failedPrecondition, .sessionBusy,
                "the session's last request still runs; wait for its reply, or send it again under its own id",
                retryAfterMilliseconds: 100)
        }
        guard let result = session.unreceived else { return nil }
        switch request.kind {
        case .step, .send:
            return WireError(
                .failedPrecondition, .sessionBusy,
                "the result of ticket \(result.ticket) was not received yet; recv it, or reset")
        default: return nil
        }
    }
}
