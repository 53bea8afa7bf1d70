/// A text that no policy can be made from.
public struct PolicyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text, its beginning if it is long.
    public let text: String
    /// What was got, what was expected, and what to do.
    public let reason: String

    public init(text: String, reason: String) {
        self.text = PolicyError.shortened(text)
        self.reason = reason
    }

    public var description: String { "policy \"\(text)\": \(reason)" }

    /// At most 60 characters, for texts inside of messages.
    static func shortened(_ text: some StringProtocol) -> String {
        text.count > 60 ? text.prefix(59) + "…" : String(text)
    }
}
