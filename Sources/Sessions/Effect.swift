public import Foundation

/// What a server has to do because of what has happened to a session. Effects are performed in their order, and at once.
public enum Effect: Equatable, Sendable {
    case nothing
    /// Send an answer, and hand it to ``SessionTable/keep(_:of:at:)``.
    case answer(Answer)
    /// Send these bytes once more.
    case resend(Data, to: ReplyAddress)
    /// Send the reply of the session's last step once more, from where it was written.
    case resendStep(SessionKey, to: ReplyAddress)
    /// Make the environment of a new session with this id; then ``SessionTable/made(_:_:at:)``.
    case make(SessionKey, id: String)
    /// Run the request in the session's environment; then ``SessionTable/ended(_:_:isWritten:at:)``.
    case call(SessionKey)
    /// Keep what the call came to for ``Answer/Content/held(_:)``.
    case hold(SessionKey)
    /// Have the call under way return early.
    case cancel(SessionKey)
    /// Close the session's environment; then ``SessionTable/closed(_:)``.
    case close(SessionKey)
    /// The session is no more, and its key will be another's.
    case forget(SessionKey)
    case several([Effect])

    func then(_ next: Effect) -> Effect {
        switch (self, next) {
        case (.nothing, _): next
        case (_, .nothing): self
        default: .several([self, next])
        }
    }
}

/// Names a session among those that a server has, until it is to be forgotten.
public struct SessionKey: Hashable, Sendable {
    /// A small number, so that a server can keep what it has of sessions in an array.
    public let slot: Int
}

/// An answer that a server has to put into words.
public struct Answer: Equatable, Sendable {
    /// What it says.
    public enum Content: Equatable, Sendable {
        /// What the call that has just ended came to.
        case result
        /// The same, asked for by a recv.
        case received
        /// What an earlier call of the session came to, asked for by a recv now.
        case held(SessionKey)
        case ticket(UInt64)
        case closed(steps: UInt64, episodes: UInt64)
        case refused(Refusal)
    }

    /// For whom its bytes are kept, should the same be asked again.
    enum Keeper: Equatable, Sendable {
        case nobody
        case session(SessionKey)
        case make(nonce: Data)
        case closed
    }

    public let content: Content
    public let to: ReplyAddress
    public let requestID: UInt64
    /// The session's id; empty where there is none.
    public let session: String
    var keeper = Keeper.nobody
}
