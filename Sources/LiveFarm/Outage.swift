import OpenFaaS

/// A time in which the gateway did not answer.
struct Outage {
    private var begunAt: ContinuousClock.Instant?
    private var isTold = false
    /// Why the last look had no answer; nil while looks have one.
    private(set) var reason: String?

    /// Shorter ones are not worth a word.
    static let least = Duration.seconds(1)

    /// A look that began at `begun` had no answer.
    ///
    /// - Returns: whether it is time to tell of the outage.
    mutating func go(on reason: String, since begun: ContinuousClock.Instant, at now: ContinuousClock.Instant) -> Bool {
        self.reason = reason
        let begun = begunAt ?? begun
        begunAt = begun
        guard !isTold, now - begun >= Self.least else { return false }
        isTold = true
        return true
    }

    /// A look was answered.
    ///
    /// - Returns: how long the outage was that this ends, if it was told of.
    mutating func end(at now: ContinuousClock.Instant) -> Duration? {
        defer { self = Outage() }
        guard isTold, let begunAt else { return nil }
        return now - begunAt
    }
}

extension LiveFarm {
    /// The gateway has answered a look.
    func heard() {
        guard let duration = outage.end(at: .now) else { return }
        let seconds = (duration / .seconds(1)).rounded()
        note(.outageEnded, "the gateway answers again, after \(Int(seconds)) s")
    }

    /// A look had no answer, or none that tells anything.
    func missed(_ error: any Error, since begun: ContinuousClock.Instant) {
        guard !(error is CancellationError) else { return }
        if let error = error as? GatewayError, error.kind == .shortage {
            return note(.shortage, "the gateway could not be asked for its workers: \(error)")
        }
        guard outage.go(on: "\(error)", since: begun, at: .now) else { return }
        note(.outageBegan, "the gateway does not tell of its workers, whose last counts stand: \(error)")
    }
}
