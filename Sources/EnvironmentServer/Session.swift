import EnvironmentProtocol
import Foundation

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

/// A request that is not answered yet. Only the newest who asked is answered.
struct Waiting: Sendable {
    var requestID: UInt64
    /// nil when it was answered before its end.
    var from: Correspondent?
    /// Of a step that was begun by a send; then the request is the recv that waits for it.
    var ticket: UInt64?
    /// When the request came; of a ticketed step, the send.
    var since = ContinuousClock.now
}

/// What the router knows of a session, touched by its thread only. The environment lives elsewhere.
final class Session {
    /// Why a session ends.
    enum Ending {
        case closed(Waiting)
        case expired, stopping
    }

    let id: String
    /// The id, as it is compared with that of each step.
    let idBytes: [UInt8]
    let hosted: HostedEnvironment
    /// Makes the calls that return at once; nil where all go to ``hosted``.
    let stepper: Stepper?
    var state = SessionState.made
    /// The last request that carried an id.
    var lastRequestID: UInt64 = 0
    var lastPayload = 0
    /// nil while that request runs.
    private(set) var lastReply: Reply?
    /// The call under way.
    var running: Waiting?
    /// Tickets given to sends; the last one's number.
    var tickets: UInt64 = 0
    /// The result of the last send, once it is there and until it is received.
    var unreceived: TicketedResult?
    /// Set once; then nothing new is executed, and the environment closes after the call under way.
    var ending: Ending?
    var leaseEnds: ContinuousClock.Instant
    var steps: UInt64 = 0
    var episodes: UInt64 = 0

    init(id: String, hosted: HostedEnvironment, stepper: Stepper? = nil, leaseEnds: ContinuousClock.Instant) {
        self.id = id
        idBytes = Array(id.utf8)
        self.hosted = hosted
        self.stepper = stepper
        self.leaseEnds = leaseEnds
    }

    /// What was answered, for those who ask again.
    enum Reply {
        case bytes(Data)
        /// The stepper's last one.
        case stepper
    }

    enum Admission {
        case execute
        case resend(Data)
        /// The request runs; its answer goes to the newest who asked.
        case wait
        case refuse(WireError)
    }

    /// Judges a request by its id: each id is executed once.
    func admit(_ id: UInt64, payload: Int) -> Admission {
        guard id != 0, id != lastRequestID + 1 else { return .execute }
        if id == lastRequestID {
            guard payload == lastPayload else {
                return .refuse(
                    WireError(
                        .invalidArgument, .requestChanged,
                        "request \(id) was sent before with another content; a new request has the id \(id + 1)"))
            }
            return switch lastReply {
            case .bytes(let bytes): .resend(bytes)
            case .stepper: .resend(stepper?.lastReply ?? Data())
            case nil: .wait
            }
        }
        if id < lastRequestID {
            return .refuse(
                WireError(
                    .invalidArgument, .staleRequest,
                    "request \(id) is older than the session's last one, \(lastRequestID); its reply is no longer kept")
            )
        }
        return .refuse(
            WireError(
                .invalidArgument, .requestGap,
                "request \(id) came where \(lastRequestID + 1) was expected; ids count 1, 2, 3, … in a session"))
    }

    /// Uses up an id, so that it is not executed again. Requests without one leave no trace.
    func accept(_ id: UInt64, payload: Int) {
        guard id != 0 else { return }
        lastRequestID = id
        lastPayload = payload
        lastReply = nil
    }

    /// Keeps the reply for those who ask again.
    func keep(_ reply: Data, to id: UInt64) {
        if id != 0, id == lastRequestID { lastReply = .bytes(reply) }
    }

    /// Keeps the stepper's reply for those who ask again, until the next request.
    func keepSteppersReply() { lastReply = .stepper }

    /// Tells requests apart that have the same id. Of all bytes, and quick, since actions can be many; not for keeping
    /// out those who mean harm, who have a session of their own to harm.
    static func digest(_ payload: UnsafeRawBufferPointer) -> Int {
        var digest = UInt64(payload.count)
        var place = 0
        func add(_ word: UInt64) {
            // The finaliser's step of MurmurHash3: odd multiplier, then the high bits down.
            digest = (digest ^ word) &* 0xFF51_AFD7_ED55_8CCD
            digest ^= digest >> 32
        }
        while place + 8 <= payload.count {
            add(payload.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            place += 8
        }
        for byte in payload[place...] { add(UInt64(byte)) }
        return Int(truncatingIfNeeded: digest)
    }
}
