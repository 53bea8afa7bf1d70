public import Farm

/// What a source tells of a function's load over the time since it was last read. What a source cannot tell is nil, never 0.
public struct Sighting: Sendable, Hashable, Codable {
    /// Seconds since 1970 at which this was true.
    public var time: Double
    /// The time it covers, in seconds; 0 for the first one, whose counts are of no time.
    public var seconds: Double
    /// Calls that came.
    public var arrivals: Int?
    /// Over the window's last third, calls a second.
    public var recentRate: Double?
    /// Calls that ended, with whatever status.
    public var completions: Int?
    /// Of those, calls that failed.
    public var failures: Int?
    /// Calls that are being worked on.
    public var running: Int?
    /// Calls that wait for a worker.
    public var queued: Int?
    /// The age of the oldest call that waits, in seconds; 0 when none waits.
    public var oldestAge: Double?
    /// What the function needs for a call, in seconds: the mean over the calls that ended; nil also where none did.
    public var serviceSeconds: Double?
    /// From a call's coming to its end, in seconds: the mean over the calls that ended.
    public var responseSeconds: Double?
    /// Calls that were decided in the window: done within the deadline, or not.
    public var met: Int?
    public var missed: Int?

    public init(time: Double, seconds: Double) {
        self.time = time
        self.seconds = seconds
    }

    /// What of the metrics the source has not told.
    public var absences: MetricAbsences {
        var absences: MetricAbsences = []
        if arrivals == nil { absences.insert(.arrivals) }
        if queued == nil { absences.insert(.queue) }
        if oldestAge == nil { absences.insert(.oldestAge) }
        if running == nil { absences.insert(.running) }
        if met == nil || missed == nil { absences.insert(.deadlines) }
        if completions == nil { absences.insert(.completions) }
        absences.formUnion([.utilisation, .calls])
        return absences
    }
}

/// What a platform says of a function's workers.
public struct WorkersSeen: Sendable, Hashable, Codable {
    /// Seconds since 1970.
    public var time: Double
    /// What the platform has been told last, by whomever.
    public var asked: Int
    /// Those that take calls; nil: the platform does not say.
    public var ready: Int?

    public init(time: Double, asked: Int, ready: Int?) {
        self.time = time
        self.asked = asked
        self.ready = ready
    }
}
