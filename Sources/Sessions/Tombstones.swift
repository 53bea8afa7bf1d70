import Foundation

/// Sessions that have ended, as long as somebody may ask for them.
struct Tombstones: Sendable {
    /// What a close was answered with.
    struct Closed: Equatable, Sendable {
        let requestID: UInt64
        let steps: UInt64
        let episodes: UInt64
        var reply: Data?
    }

    private var graves: [String: Closed?] = [:]
    private var order: [String] = []
    /// Index of the oldest in `order`, which is cut now and then.
    private var oldest = 0
    private let capacity: Int

    init(capacity: Int = 4_096) {
        self.capacity = capacity
    }

    /// - Parameter closed: nil for a session that nobody closed.
    mutating func add(_ session: String, closed: Closed?) {
        if graves.updateValue(closed, forKey: session) == nil { order.append(session) }
        guard graves.count > capacity else { return }
        graves.removeValue(forKey: order[oldest])
        oldest += 1
        if oldest >= capacity {
            order.removeFirst(oldest)
            oldest = 0
        }
    }

    mutating func keep(_ reply: Data, of session: String) { graves[session]??.reply = reply }

    func contains(_ session: String) -> Bool { graves[session] != nil }

    func closed(_ session: String) -> Closed? { graves[session] ?? nil }
}
