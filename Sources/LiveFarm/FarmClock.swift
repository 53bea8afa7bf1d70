import Numbers

/// The clock of an episode: scenario seconds since its beginning, `speed` of them in a real one.
struct FarmClock: Sendable {
    let speed: Double
    var origin = ContinuousClock.now

    /// Scenario seconds since the start.
    var now: Double { (ContinuousClock.now - origin) / .seconds(1) * speed }

    /// Sleeps until `time` (scenario seconds); returns at once when it has passed.
    ///
    /// - Throws: `CancellationError`.
    func sleep(until time: Double) async throws {
        // Sleeping until the past would still take a timer.
        guard time > now else { return try Task.checkCancellation() }
        try await Task.sleep(
            until: origin + Duration(clampingSeconds: time / speed), tolerance: .zero, clock: .continuous)
    }

    /// The real duration of so many scenario seconds.
    func real(_ seconds: Double) -> Duration { Duration(clampingSeconds: seconds / speed) }

    /// The scenario seconds in a real duration.
    func scenario(_ duration: Duration) -> Double { duration / .seconds(1) * speed }
}
