import EnvironmentProtocol
import Foundation
import Logging

/// Puts replies into bytes, on any thread.
struct ReplyEncoder: Sendable {
    /// When the server's clock began.
    let started = ContinuousClock.now
    let logger: Logger

    /// Nanoseconds since then.
    func serverTime(at now: ContinuousClock.Instant) -> UInt64 {
        let (seconds, attoseconds) = (now - started).components
        return UInt64(max(0, seconds)) &* 1_000_000_000 &+ UInt64(max(0, attoseconds / 1_000_000_000))
    }

    /// What cannot be encoded becomes an error reply.
    func encode(
        _ kind: WireReply.OneOf_Kind, _ encoding: MessageEncoding, requestID: UInt64, session: String
    ) -> Data {
        var reply = WireReply()
        reply.requestID = requestID
        reply.sessionID = session
        reply.serverTimeNs = serverTime(at: .now)
        reply.kind = kind
        do {
            return try MessageDoor.bytes(of: reply, encoding)
        } catch {
            logger.error("a reply could not be encoded: \(error)")
            reply.kind = .error(WireError(.internal, .envCrashed, "the reply could not be encoded: \(error)"))
            // An error holds nothing that cannot be encoded.
            return (try? MessageDoor.bytes(of: reply, encoding)) ?? Data()
        }
    }
}
