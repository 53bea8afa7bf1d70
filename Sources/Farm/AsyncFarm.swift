public import Randomness

/// A farm whose windows take real time.
///
/// `task source → queue → workers → collector`, with `emitted = queued + running + done + failed` at every instant.
/// When an episode begins and when its windows end is the caller's to say, so that farms can be stepped together.
/// Calls come one at a time and return early, throwing `CancellationError`, when the calling task is cancelled.
///
///     try await farm.prepare()
///     let grid = WindowGrid(origin: .now, stepSeconds: farm.scenario.stepSeconds, speed: farm.speed)
///     var metrics = try await farm.begin(seed: Seed(1), at: grid.origin)
///     let end = grid.end(ofWindowFrom: .now)
///     try await farm.ask(for: Staffing(metrics.staffing.first + 1))
///     try await Task.sleep(until: end, clock: .continuous)
///     metrics = try await farm.closeWindow(due: end, isOverrun: false).metrics
public protocol AsyncFarm: AnyObject, Sendable {
    var scenario: Scenario { get }
    /// Real time is scenario time divided by this.
    var speed: Double { get }
    /// What ``prepare()`` takes when all is well, in seconds of real time.
    var expectedResetSeconds: Double { get }

    /// Ends the episode under way, and returns when nothing of it runs or counts any more and the workers are as many as the
    /// scenario begins with.
    ///
    /// - Throws: ``FarmError``.
    nonisolated(nonsending) func prepare() async throws

    /// Begins an episode of a farm that is prepared.
    ///
    /// - Parameters:
    ///   - seed: two episodes with equal seeds have equal tasks.
    ///   - origin: when its time is 0, some milliseconds ago at most.
    /// - Returns: the metrics at time 0.
    /// - Throws: ``FarmError``.
    nonisolated(nonsending) func begin(seed: Seed, at origin: ContinuousClock.Instant) async throws -> WindowMetrics

    /// Asks for workers (each stage's number moved into its bounds), at the beginning of a window. Where the scenario says so, it
    /// returns when they are there.
    ///
    /// - Parameter staffing: as many numbers as the scenario has stages.
    /// - Throws: ``FarmError``.
    nonisolated(nonsending) func ask(for staffing: Staffing) async throws

    /// Ends the window, now.
    ///
    /// - Parameters:
    ///   - due: when it should have ended.
    ///   - isOverrun: whether it is late because scaling was waited for.
    /// - Throws: ``FarmError``.
    nonisolated(nonsending) func closeWindow(due: ContinuousClock.Instant, isOverrun: Bool) async throws -> FarmWindow

    /// Gives the workers back. Called once, last.
    nonisolated(nonsending) func close() async
}

/// A farm whose windows take no time: a simulated one. Its metrics are written to the caller's, which saves copies.
public protocol Farm: AnyObject {
    var scenario: Scenario { get }

    /// Begins the episode of `seed`: the same tasks, and with the same actions the same course, to the last bit.
    ///
    /// - Parameter metrics: becomes those at time 0.
    func reset(seed: Seed, metrics: inout WindowMetrics)

    /// Asks for workers (each stage's number moved into its bounds) and lets a window pass. Allocates nothing unless faults
    /// do.
    ///
    /// - Parameters:
    ///   - staffing: as many numbers as the scenario has stages.
    ///   - metrics: those that the last call wrote; becomes those at the window's end.
    /// - Returns: why the episode is over; nil while it is not.
    func advance(_ staffing: Staffing, metrics: inout WindowMetrics) -> FarmEnd?
}

/// A window that has passed.
public struct FarmWindow: Sendable {
    public var metrics: WindowMetrics
    /// Tasks that ended in the window, in the order they ended; with the episode's last window also the unfinished ones.
    public var records: [TaskRecord]
    public var end: FarmEnd?

    public init(metrics: WindowMetrics, records: [TaskRecord], end: FarmEnd? = nil) {
        self.metrics = metrics
        self.records = records
        self.end = end
    }
}

/// Why an episode is over.
public enum FarmEnd: Sendable, Hashable {
    /// All tasks of a finite source have ended.
    case finished
    /// The scenario's time limit.
    case horizon
    /// A live farm that cannot go on, with the reason.
    case broken(String)
}

/// A farm that cannot be had, or does not do what it must.
public struct FarmError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// All pools of the backend belong to other sessions.
        case busy
        /// The gateway is away, refuses, or lacks a function.
        case unavailable
        /// The backend cannot do what the scenario or an argument asks for.
        case unsupported(argument: String)
        /// A defect: the books do not balance.
        case inconsistent
    }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
