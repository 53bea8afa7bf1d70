public import Foundation

/// Who asked, as far as a reply needs it: where it goes, and in which form.
public struct ReplyAddress: Sendable, Equatable {
    /// All frames before the request; a reply begins with the same ones.
    public let envelope: [Data]
    /// Whether the request was JSON, as its reply is then.
    public let isJSON: Bool

    /// The values above.
    public init(envelope: [Data], isJSON: Bool) {
        self.envelope = envelope
        self.isJSON = isJSON
    }
}
