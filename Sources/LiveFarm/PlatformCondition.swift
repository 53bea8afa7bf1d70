import Farm

/// A time in which the platform did not answer.
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

/// How it stands with the platform.
struct PlatformCondition {
    /// Why the farm cannot go on.
    var broken: String?
    var outage = Outage()
    /// What the platform said when it last refused to scale, while it does.
    var scalingRefusal: String?
    /// Why the platform took no further unit, until that was said.
    var fullness: String?
}

extension LiveFarm {
    /// The platform has answered a look.
    func heard() {
        guard let duration = condition.outage.end(at: .now) else { return }
        let seconds = (duration / .seconds(1)).rounded()
        note(.outageEnded, "\(form.platform) answers again, after \(Int(seconds)) s")
    }

    /// A look had no answer, or none that tells anything.
    func missed(_ failure: WorkerLookFailure, since begun: ContinuousClock.Instant) {
        switch failure.kind {
        case .cancelled: return
        case .fatal: breakDown(failure.description)
        case .shortage: note(.shortage, "\(form.platform) could not be asked for its workers: \(failure)")
        case .unavailable:
            guard condition.outage.go(on: failure.description, since: begun, at: .now) else { return }
            note(
                .outageBegan, "\(form.platform) does not tell of its workers, whose last counts stand: \(failure)")
        }
    }
}
