/// Who has the function: its policy, or the fallback. The fallback takes over at a failure of the policy, and gives back once
/// the policy has answered well for a quiet time.
struct FallbackSwitch: Sendable, Hashable {
    /// How long the policy must have answered well, in seconds.
    let quiet: Double
    private(set) var since: Double?
    private(set) var failedAt: Double?

    init(quiet: Double, since: Double? = nil, failedAt: Double? = nil) {
        (self.quiet, self.since, self.failedAt) = (quiet, since, failedAt)
    }

    var isActive: Bool { since != nil }

    mutating func fail(at time: Double) {
        since = since ?? time
        failedAt = time
    }

    /// The policy has answered well.
    mutating func succeed(at time: Double) {
        guard since != nil, time - (failedAt ?? time) >= quiet else { return }
        (since, failedAt) = (nil, nil)
    }
}
