import EnvironmentProtocol
import Foundation
import Sessions

// The rules of sessions in the words of the protocol.

extension ReplyAddress {
    var encoding: MessageEncoding { isJSON ? .json : .binary }
}

extension SessionRequest.Kind {
    init(_ kind: WireRequest.OneOf_Kind) {
        self =
            switch kind {
            case .reset: .reset
            case .step: .step
            case .send: .send
            case .recv(let recv): .recv(ticket: recv.ticket)
            case .render: .render
            case .close: .close
            default: .other
            }
    }
}

extension WireError {
    static let notOffered = WireError(
        .unimplemented, .capabilityMissing,
        "this server does not offer this request; hello's capabilities say what it offers")

    /// - Parameter idleTimeout: after which a silent session is closed.
    init(_ refusal: Refusal, idleTimeout: Duration) {
        self =
            switch refusal {
            case .requestChanged(let id):
                WireError(
                    .invalidArgument, .requestChanged,
                    "request \(id) was sent before with another content; a new request has the id \(id + 1)")
            case .staleRequest(let id, let last):
                WireError(
                    .invalidArgument, .staleRequest,
                    "request \(id) is older than the session's last one, \(last); its reply is no longer kept")
            case .requestGap(let id, let expected):
                WireError(
                    .invalidArgument, .requestGap,
                    "request \(id) came where \(expected) was expected; ids count 1, 2, 3, … in a session")
            case .busy:
                WireError(
                    .failedPrecondition, .sessionBusy,
                    "the session's last request still runs; wait for its reply, or send it again under its own id",
                    retryAfterMilliseconds: 100)
            case .unreceived(let ticket):
                WireError(
                    .failedPrecondition, .sessionBusy,
                    "the result of ticket \(ticket) was not received yet; recv it, or reset")
            case .resetNeeded(.render, _):
                WireError(.failedPrecondition, .resetNeeded, "there is nothing to render before the first reset")
            case .resetNeeded(_, let state):
                WireError(
                    .failedPrecondition, .resetNeeded,
                    "a step \(state == .made ? "before the first reset" : "after the episode's end"): call reset first")
            case .notOffered: .notOffered
            case .noTicket(let ticket, let open):
                WireError(
                    .invalidArgument, .badArgument,
                    "there is no ticket \(ticket) to receive; "
                        + (open.map { "the open one is \($0)" } ?? "send a step first"), field: "ticket")
            case .noSessionNamed:
                WireError(
                    .notFound, .unknownSession,
                    "the request names no session; make an environment and send its session_id")
            case .unknownSession:
                WireError(
                    .notFound, .unknownSession,
                    "no such session; if the server was started anew, its sessions are gone: make again, then reset")
            case .sessionEnded:
                WireError(
                    .notFound, .sessionExpired,
                    "the session has ended: it was closed, or silent for \(idleTimeout); make again")
            case .cutShort: WireError(.notFound, .sessionExpired, "the session was closed while this request ran")
            case .stopping:
                WireError(.unavailable, .serverStopping, "the server is stopping; its sessions end with it")
            case .longNonce(let bytes):
                WireError(
                    .invalidArgument, .badArgument, "a nonce has 64 bytes at most, got \(bytes)", field: "nonce")
            case .nonceReused:
                WireError(
                    .invalidArgument, .requestChanged,
                    "a make with this nonce came before with another content; each make has a nonce of its own")
            case .full(let sessions):
                WireError(
                    .resourceExhausted, .capacity,
                    "the server has its \(sessions) sessions; close one, or wait for one to expire",
                    retryAfterMilliseconds: 1_000)
            }
    }
}
