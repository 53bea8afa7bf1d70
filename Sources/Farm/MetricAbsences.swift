/// What of a window's metrics nobody can tell, such as the queue in front of a function that others call: there they are 0, which
/// means nothing.
///
///     if metrics.absences.contains(.queue) { print("the queue is not ours to see") }
public struct MetricAbsences: OptionSet, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

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
    /// Tasks that ended.
    public static let completions = MetricAbsences(rawValue: 32)
    /// Busy share of the workers' time.
    public static let utilisation = MetricAbsences(rawValue: 64)
    /// What a task's work takes. A window that has no such time has nil there, which says enough: of a window this is never said.
    public static let service = MetricAbsences(rawValue: 128)
    /// From a task's coming to its end; said as ``service`` is.
    public static let response = MetricAbsences(rawValue: 256)
    /// Calls that a task needed beyond its first.
    public static let calls = MetricAbsences(rawValue: 512)

    /// All of them, each with its name.
    public static let named: [(absence: MetricAbsences, name: String)] = [
        (.arrivals, "arrivals"), (.queue, "queue"), (.oldestAge, "oldest age"), (.running, "running"),
        (.deadlines, "deadlines"), (.completions, "completions"), (.utilisation, "utilisation"),
        (.service, "service time"), (.response, "response time"), (.calls, "retries and collisions"),
    ]

    public var description: String {
        MetricAbsences.named.filter { contains($0.absence) }.map(\.name).joined(separator: ", ")
    }
}
