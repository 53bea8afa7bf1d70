import EnvironmentProtocol
import Foundation
import Gymnasium

/// Where a session is in its life.
enum SessionState: String, Sendable {
    case made, ready, done
}

/// Who waits for a reply, and in which form.
struct Correspondent: Sendable {
    /// All frames before the payload; a reply begins with the same ones.
    var envelope: [Data]
    var encoding: MessageEncoding
}

/// What the router knows of a session. Its environment lives elsewhere.
struct Session {
    let hosted: HostedEnvironment
    let actionSpace: Space
    var state = SessionState.made
    /// The last request that carried an id.
    var lastRequestID: UInt64 = 0
    var lastPayload = 0
    var lastReply: Data?
    /// The request under way; only the newest who asked for it is answered.
    var pending: (requestID: UInt64, from: Correspondent)?
    /// The close that waits for the request under way.
    var closing: (requestID: UInt64, from: Correspondent)?
    var leaseEnds: ContinuousClock.Instant
    var steps: UInt64 = 0
    var episodes: UInt64 = 0

    enum Admission {
        case execute
        case resend(Data)
        /// The request runs; its answer goes to the newest who asked.
        case wait
        case refuse(WireError)
    }

    /// Judges a request by its id: each id is executed once.
    func admit(_ id: UInt64, payload: Int) -> Admission {
        if id != 0, id == lastRequestID {
            guard payload == lastPayload else {
                return .refuse(
                    WireError(.invalidArgument, .requestChanged, "request \(id) was sent before with another content; use \(id + 1)"))
            }
            if let lastReply { return .resend(lastReply) }
            return .wait
        }
        if id != 0, id < lastRequestID {
            return .refuse(
                WireError(.invalidArgument, .staleRequest, "request \(id) is older than the last one, \(lastRequestID)"))
        }
        if id > lastRequestID + 1 {
            return .refuse(
                WireError(.invalidArgument, .requestGap, "request \(id) came where \(lastRequestID + 1) was expected"))
        }
        return .execute
    }
}

/// Sessions that have ended, as long as somebody may ask for them.
struct Tombstones {
    private var replies: [String: Data?] = [:]
    private var order: [String] = []
    private let capacity = 4_096

    /// - Parameter reply: what a repeated close is answered with; nil for a session whose lease ended.
    mutating func add(_ session: String, reply: Data?) {
        replies[session] = .some(reply)
        order.append(session)
        if order.count > capacity { replies.removeValue(forKey: order.removeFirst()) }
    }

    func isBuried(_ session: String) -> Bool { replies[session] != nil }

    func reply(_ session: String) -> Data? { replies[session] ?? nil }
}
