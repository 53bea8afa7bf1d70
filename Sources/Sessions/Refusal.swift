/// Why a request is not executed. The server has the words for it.
public enum Refusal: Error, Equatable {
    // Of the order of ids.
    case requestChanged(id: UInt64)
    case staleRequest(id: UInt64, last: UInt64)
    case requestGap(id: UInt64, expected: UInt64)
    // Of a session's state.
    /// A call is under way.
    case busy
    /// The result of this ticket was not received yet.
    case unreceived(ticket: UInt64)
    /// A step or a render without an episode that it could be of.
    case resetNeeded(SessionRequest.Kind, SessionState)
    case notOffered
    /// A recv with a ticket that is not open.
    case noTicket(UInt64, open: UInt64?)
    // Of sessions that are not there.
    case noSessionNamed
    case unknownSession
    /// It was closed, or silent for too long.
    case sessionEnded
    /// The session was closed while the request ran.
    case cutShort
    /// The server is stopping.
    case stopping
    // Of a make.
    case longNonce(bytes: Int)
    case nonceReused
    case full(sessions: Int)
}
