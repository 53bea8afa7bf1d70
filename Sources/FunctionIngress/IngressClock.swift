import Foundation

/// Seconds since the ingress was made; they go on evenly whatever is done to the system's clock.
struct IngressClock: Sendable {
    private let start = ContinuousClock.now

    var now: Double { (ContinuousClock.now - start) / .seconds(1) }
}
