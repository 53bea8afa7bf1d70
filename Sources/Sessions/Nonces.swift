import Foundation

/// Makes that may come again: those under way, and those that succeeded a short time ago.
struct Nonces: Sendable {
    /// How long an answered make is known.
    static let memory = Duration.seconds(60)

    struct Make: Sendable {
        let digest: RequestDigest
        let key: SessionKey
        /// nil while it is under way.
        var reply: Data?
        var answeredAt: Duration?
    }

    private var makes: [Data: Make] = [:]

    subscript(nonce: Data) -> Make? { makes[nonce] }

    /// Makes without a nonce cannot be told from others, and are not remembered.
    mutating func begin(_ nonce: Data, _ digest: RequestDigest, _ key: SessionKey) {
        if !nonce.isEmpty { makes[nonce] = Make(digest: digest, key: key) }
    }

    mutating func keep(_ reply: Data, to nonce: Data, at now: Duration) {
        makes[nonce]?.reply = reply
        makes[nonce]?.answeredAt = now
    }

    mutating func forget(_ nonce: Data) { makes[nonce] = nil }

    mutating func forgetOld(at now: Duration) {
        makes = makes.filter { $0.value.answeredAt.map { now - $0 < Nonces.memory } ?? true }
    }
}
