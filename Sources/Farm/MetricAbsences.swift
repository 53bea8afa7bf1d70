/// What of a window's metrics nobody can tell, such as the queue in front of a function that others call: there they are 0, which
/// means nothing.
///
///     if metrics.absences.contains(.queue) { print("the queue is not ours to see") }
public struct MetricAbsences: OptionSet, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Tasks that came.
    public static let arrivals = MetricAbsences(rawValue: 1)
    /// Tasks that wait.
    public static let queue = MetricAbsences(rawValue: 2)
    /// Age of the oldest one.
    public static let oldestAge = MetricAbsences(rawValue: 4)
    /// Tasks that are worked on.
    public static let running = MetricAbsences(rawValue: 8)
    /// Which deadlines were met.
    public static let deadlines = MetricAbsences(rawValue: 16)

    /// All of them, each with its name.
    public static let named: [(absence: MetricAbsences, name: String)] = [
        (.arrivals, "arrivals"), (.queue, "queue"), (.oldestAge, "oldest age"), (.running, "running"),
        (.deadlines, "deadlines"),
    ]

    public var description: String {
        MetricAbsences.named.filter { contains($0.absence) }.map(\.name).joined(separator: ", ")
    }
}
