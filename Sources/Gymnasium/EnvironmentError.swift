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
        /// A defect.
        case crashed
    }

    public let reason: Reason
    public let message: String
    /// Whether the same call may succeed later, and after how many milliseconds it makes sense to try.
    public let retryAfterMilliseconds: Int?

    public init(_ reason: Reason, _ message: String, retryAfterMilliseconds: Int? = nil) {
        self.reason = reason
        self.message = message
        self.retryAfterMilliseconds = retryAfterMilliseconds
    }

    public var description: String { message }
}
