import Foundation

/// A call that was accepted to be made later.
struct StoredCall: Sendable, Hashable {
    /// A header, as it is kept.
    struct Header: Sendable, Hashable, Codable {
        let name: String
        let value: String
    }

    /// By which its caller asks for the result.
    let id: String
    let function: String
    /// Seconds since 1970.
    let accepted: Double
    /// In seconds from then.
    let deadline: Double
    let method: String
    /// Of the call that is made: /function/NAME and what was behind it.
    let target: String
    let headers: [Header]
    let body: Data
    /// Where the answer goes; nil: nowhere.
    let callback: String?
}

/// A call that waits in the file, or whose answer has not gone to its callback.
struct UnfinishedCall: Sendable, Hashable {
    let number: Int
    let function: String
    let accepted: Double
    /// Whether the call is over, and only its callback is not.
    let isOver: Bool
}

/// What came of a call that was made later.
struct StoredAnswer: Sendable, Hashable {
    var status: Int
    var headers: [StoredCall.Header]
    var body: Data
    /// In the function, in seconds.
    var seconds: Double
    /// Why there is no answer of the function's; nil: there is.
    var reason: String?
}

/// What is known of a call by its id.
enum StoredLookup: Sendable {
    case waiting
    case running
    case ended(StoredAnswer)
    /// The program ended while it ran, and it was not to run twice.
    case interrupted
}
