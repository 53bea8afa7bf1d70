/// One unit of work with its generation time and deadline. Times are scenario seconds since the episode began.
public struct FarmTask: Sendable, Hashable, Identifiable {
    /// Unique in the episode.
    public let id: String
    /// Position in generation order, from 0.
    public let index: Int
    public let generatedAt: Double
    /// The absolute deadline.
    public let deadlineAt: Double
    /// What the scenario says the work takes; nil when only the worker knows (a bag with payloads).
    public let serviceSeconds: Double?
    /// The body to send, byte for byte; nil: a body for the reference worker, made from `serviceSeconds`.
    public let payload: [UInt8]?
    public let headers: [String: String]

    public init(
        id: String, index: Int, generatedAt: Double, deadlineAt: Double, serviceSeconds: Double?,
        payload: [UInt8]? = nil, headers: [String: String] = [:]
    ) {
        self.id = id
        self.index = index
        self.generatedAt = generatedAt
        self.deadlineAt = deadlineAt
        self.serviceSeconds = serviceSeconds
        self.payload = payload
        self.headers = headers
    }
}

/// What became of a task.
public struct TaskRecord: Sendable, Hashable {
    public enum Outcome: String, Sendable, Hashable {
        case done, failed
        /// The episode ended before the task did.
        case unfinished
    }

    public let task: FarmTask
    public let outcome: Outcome
    /// Why a task failed.
    public let reason: String?
    public let firstStartedAt: Double?
    public let endedAt: Double?
    public let attempts: Int
    /// Done by its deadline.
    public let isOnTime: Bool
    /// From the last attempt's beginning to its answer, in seconds.
    public let serviceSeconds: Double?
    /// The function that did it.
    public let worker: String?

    public init(
        task: FarmTask, outcome: Outcome, reason: String?, firstStartedAt: Double?, endedAt: Double?, attempts: Int,
        isOnTime: Bool, serviceSeconds: Double?, worker: String?
    ) {
        self.task = task
        self.outcome = outcome
        self.reason = reason
        self.firstStartedAt = firstStartedAt
        self.endedAt = endedAt
        self.attempts = attempts
        self.isOnTime = isOnTime
        self.serviceSeconds = serviceSeconds
        self.worker = worker
    }
}
