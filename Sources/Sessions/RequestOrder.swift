import Foundation

/// The order of one session's requests: each id is executed once, and the last one's reply is kept.
struct RequestOrder: Sendable {
    enum Verdict: Equatable {
        case next
        /// The last request again; nil while it is not answered.
        case repeated(KeptReply?)
        case refused(Refusal)
    }

    private var last: UInt64 = 0
    private var digest: RequestDigest?
    /// nil while the last request runs.
    private var reply: KeptReply?

    func judge(_ request: SessionRequest) -> Verdict {
        let id = request.id
        if id == 0 || id == last + 1 { return .next }
        if id > last { return .refused(.requestGap(id: id, expected: last + 1)) }
        if id < last { return .refused(.staleRequest(id: id, last: last)) }
        return request.digest == digest ? .repeated(reply) : .refused(.requestChanged(id: id))
    }

    /// Uses up the request's id, so that it is not executed again. Requests without one leave no trace.
    mutating func accept(_ request: SessionRequest) {
        guard request.id != 0 else { return }
        last = request.id
        digest = request.digest
        reply = nil
    }

    /// Keeps the reply, when it is the last request's.
    mutating func keep(_ reply: KeptReply, to id: UInt64) {
        if id != 0, id == last { self.reply = reply }
    }
}

/// A reply for those who ask again.
enum KeptReply: Equatable, Sendable {
    case bytes(Data)
    /// Where the session's last step has written it.
    case inPlace
}
