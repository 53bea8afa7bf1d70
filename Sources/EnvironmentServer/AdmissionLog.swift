import ZeroMQ

/// What the log says of peers that do not get as far as a request. To them a wrong key looks like a daemon that is not
/// there, and ZeroMQ tries again several times a second: so the log tells the cases apart, and does not repeat itself.
struct AdmissionLog {
    /// A kind of failure is told at once, then at most so often, with how many there were.
    static let interval = Duration.seconds(60)
    /// Whoever draws new keys does not fill the memory.
    static let maxKeys = 1_024

    private struct Tally {
        var told: ContinuousClock.Instant
        var untold = 0
    }

    private let serverKey: CurvePublicKey?
    private var tallies: [HandshakeFailure: Tally] = [:]
    private var refused: Set<CurvePublicKey> = []

    /// - Parameter serverKey: nil for a daemon without keys.
    init(serverKey: CurvePublicKey?) {
        self.serverKey = serverKey
    }

    /// A client with a key that is not allowed.
    ///
    /// - Returns: what to log; nil when it is known already.
    mutating func refused(_ applicant: CurveAuthenticator.Applicant) -> String? {
        guard refused.count < AdmissionLog.maxKeys, refused.insert(applicant.key).inserted else { return nil }
        let place = applicant.address.isEmpty ? "" : " from \(applicant.address)"
        let last =
            refused.count == AdmissionLog.maxKeys
            ? "; it is the last of \(AdmissionLog.maxKeys) keys that are logged" : ""
        return
            "a client\(place) was refused: its key \(applicant.key) is not allowed. If it may connect, put that line "
            + "where --allow-clients says, and start the daemon anew\(last)"
    }

    /// A handshake that failed.
    ///
    /// - Returns: what to log; nil when it was told a short time ago.
    mutating func failed(_ failure: HandshakeFailure, at now: ContinuousClock.Instant) -> String? {
        // The authenticator has said more of it.
        if failure == .refusedKey { return nil }
        var more = ""
        if var tally = tallies[failure] {
            guard now - tally.told >= AdmissionLog.interval else {
                tally.untold += 1
                tallies[failure] = tally
                return nil
            }
            if tally.untold > 0 { more = " (and \(tally.untold) times since this was last said)" }
        }
        tallies[failure] = Tally(told: now)
        return text(failure) + more
    }

    private func text(_ failure: HandshakeFailure) -> String {
        switch (failure, serverKey) {
        case (.mechanismMismatch, let key?):
            "a client without keys was refused: this daemon wants CURVE. The client needs server_key=\"\(key)\" and a "
                + "client_key that is allowed"
        case (.mechanismMismatch, nil):
            "a client that wants CURVE was refused: this daemon has no keys. Start it with --server-key, or leave "
                + "server_key out of the client"
        case (.wrongKey, let key?):
            "a client was refused: it holds another key for this daemon than the daemon's own, \(key), or none of "
                + "its own"
        case (.wrongKey, nil), (.refusedKey, _):
            "a client was refused: its keys do not fit"
        // Both sides notice that their mechanisms differ, and the one that is later only sees the other hang up.
        case (.other, let key?):
            "a connection ended before it was one. A client without keys may hang up like that (it needs "
                + "server_key=\"\(key)\" and an allowed client_key); so does what speaks no ZeroMQ"
        case (.other, nil):
            "a connection ended before it was one. A client that wants CURVE may hang up like that (this daemon has no "
                + "keys: --server-key); so does what speaks no ZeroMQ"
        }
    }
}
