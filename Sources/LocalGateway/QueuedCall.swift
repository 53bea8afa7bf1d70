import Foundation

/// A call that waits in the queue.
struct QueuedCall: Codable, Sendable, Equatable {
    struct Header: Codable, Sendable, Equatable {
        let name: String
        let value: String
    }

    let number: Int
    /// Name and namespace as they came, for `X-Function-Name`.
    let function: String
    /// What comes after `/function/`, with the query.
    let target: String
    let headers: [Header]
    let body: Data
    let callID: String
    /// Where the answer goes; nil: nowhere.
    let callback: String?
}
