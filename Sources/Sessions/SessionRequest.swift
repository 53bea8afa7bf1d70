/// A request to a session, as the rules see it: they know its kind, and of its content only whether it is the same again.
public struct SessionRequest: Sendable {
    /// What is asked of a session.
    public enum Kind: Sendable, Equatable {
        case reset, step, send, render, close
        case recv(ticket: UInt64)
        /// What no session offers.
        case other
    }

    /// 1, 2, 3 … in a session; 0 for a request that is executed whenever it comes.
    public let id: UInt64
    public let digest: RequestDigest
    public let kind: Kind
    public let from: ReplyAddress

    /// The values above.
    public init(_ kind: Kind, id: UInt64, digest: RequestDigest, from: ReplyAddress) {
        self.kind = kind
        self.id = id
        self.digest = digest
        self.from = from
    }
}

/// Tells requests apart that have the same id, by all of their bytes. It is quick, since actions can be many, and not for
/// keeping out those who mean harm, who have a session of their own to harm.
public struct RequestDigest: Hashable, Sendable {
    private let value: UInt64

    /// - Parameter frame: the request as it came.
    public init(_ frame: UnsafeRawBufferPointer) {
        var digest = UInt64(frame.count)
        var place = 0
        func add(_ word: UInt64) {
            // The finaliser's step of MurmurHash3: odd multiplier, then the high bits down.
            digest = (digest ^ word) &* 0xFF51_AFD7_ED55_8CCD
            digest ^= digest >> 32
        }
        while place + 8 <= frame.count {
            add(frame.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            place += 8
        }
        for byte in frame[place...] { add(UInt64(byte)) }
        value = digest
    }
}
