/// The unit of a time axis: seconds, minutes or hours, whichever give numbers that people read.
public struct TimeUnit: Sendable, Hashable {
    /// Seconds in one of it.
    public let seconds: Double
    /// `s`, `min` or `h`.
    public let name: String

    /// For an axis from 0 to so many seconds.
    public init(spanning seconds: Double) {
        (self.seconds, name) = seconds > 4 * 3_600 ? (3_600, "h") : seconds > 15 * 60 ? (60, "min") : (1, "s")
    }
}
