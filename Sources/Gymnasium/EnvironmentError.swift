/// Why an environment could not be made, reset or stepped. The message says what was got, what was expected, what to do.
public struct EnvironmentError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Reason: Sendable, Hashable {
        /// No environment of that id.
        case unknownID
        /// An argument of `make`, or an option of `reset`, is not acceptable.
        case badArgument(name: String)
        /// The farm is somebody else's now.
        case farmBusy
        /// What the environment stands on (a gateway) is away or does something else than it should.
        case backendUnavailable
        /// The environment does not do this.
        case unsupported
        case resetNeeded
        case actionShape, actionType, actionOutOfSpace
        /// A defect. No episode is under way any more.
        case crashed
        /// Something elsewhere did not answer in time. The same call again waits for the same answer and steps once.
        case unanswered
        /// Something elsewhere is gone: make it again.
        case lost
    }

    public let reason: Reason
    public let message: String
    /// Whether the same call may succeed later, and after how many milliseconds it makes sense to try.
    public let retryAfterMilliseconds: Int?
    /// The row at fault; nil where it is not one of several.
    public let row: Int?

    public init(_ reason: Reason, _ message: String, retryAfterMilliseconds: Int? = nil, row: Int? = nil) {
        self.row = row
        self.reason = reason
        self.message = message
        self.retryAfterMilliseconds = retryAfterMilliseconds
    }

    /// What is no element of the action space.
    public init(action mismatch: SpaceMismatch, of id: String) {
        let reason: Reason =
            switch mismatch.kind {
            case .type: .actionType
            case .shape: .actionShape
            case .range: .actionOutOfSpace
            }
        self.init(reason, "not an action of \(id): \(mismatch)")
    }

    public var description: String { message }

    /// Whether the rows have no episode under way after it.
    public var endsEpisodes: Bool { reason == .crashed || reason == .backendUnavailable }
}
