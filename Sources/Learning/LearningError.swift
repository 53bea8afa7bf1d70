/// Why an agent cannot be made, trained or loaded. The message says what was got, what was expected, what to do.
public struct LearningError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Reason: Sendable, Hashable {
        /// The environment's observations or actions are none that the algorithm can work with.
        case space
        /// A hyper-parameter is out of its range.
        case configuration
        /// A checkpoint is damaged, or of something else.
        case checkpoint
        /// The environment could not step.
        case step
        /// A file could not be read or written.
        case file
    }

    public let reason: Reason
    public let description: String

    public init(_ reason: Reason, _ description: String) {
        self.reason = reason
        self.description = description
    }
}
