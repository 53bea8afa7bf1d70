public import Randomness

/// A task as a simulation meets it. Times are scenario seconds.
public struct TapeTask: Sendable, Hashable {
    /// When it is generated.
    public var arrival: Double
    /// What its work takes on a worker of usual speed.
    public var service: Double
    /// When it must be done, since the episode began.
    public var deadline: Double

    public init(arrival: Double, service: Double, deadline: Double) {
        self.arrival = arrival
        self.service = service
        self.deadline = deadline
    }
}

/// The tasks of an episode in generation order, drawn once for all the simulations that meet them: in contiguous memory, 24 bytes
/// a task.
///
///     let tape = TaskTape(scenario, seed: Seed(7))
///     tape.tasks.withUnsafeBufferPointer { tasks in print(tasks.count, tasks.first?.arrival ?? .infinity) }
///
/// Those of a scenario and a seed are to the last bit what a simulated farm draws. A tape that reaches its limit holds the
/// episode's first tasks only, and remembers where its random streams are, so that a simulation draws the others itself.
public struct TaskTape: Sendable {
    public let tasks: ContiguousArray<TapeTask>
    /// Whether no task comes after the last.
    public let isComplete: Bool
    /// Of the relative deadlines, 0 without a task.
    public let longestDeadline: Double
    /// Of the service times, 0 without a task.
    public let longestService: Double
    /// Where drawing goes on; nil: there is nothing to draw.
    public let continuation: Continuation?

    /// Random streams and cursor after a tape's last task.
    public struct Continuation: Sendable {
        public var cursor: ArrivalCursor
        public var arrivals: PCG64
        public var service: PCG64
    }

    /// 24 MB of memory.
    public static let usualLimit = 1_000_000

    /// Given tasks, in the order of their arrivals.
    public init(_ tasks: ContiguousArray<TapeTask>) {
        self.init(tasks, isComplete: true, continuation: nil)
    }

    /// The tasks of a seed.
    ///
    /// - Parameter limit: tasks that are drawn at most, rounded up to a multiple of 32, which services are drawn at a time.
    public init(_ scenario: Scenario, seed: Seed, limit: Int = TaskTape.usualLimit) {
        var arrivals = EpisodeStream.arrivals.generator(seed)
        var service = EpisodeStream.service.generator(seed)
        var cursor = ArrivalCursor(scenario, using: &arrivals)
        let sampler = ServiceSampler(scenario.stages.first.service)
        let rule = scenario.deadline
        var entries: [TaskBag.Entry]?
        if case .bag(let bag) = scenario.arrivals { entries = bag.tasks }
        var tasks: ContiguousArray<TapeTask> = []
        let expected = min(max(0, scenario.referenceRate * scenario.horizon), Double(max(limit, 32)))
        tasks.reserveCapacity(Int(expected) + 64)
        var isComplete = false
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 32) { services in
            while !isComplete, tasks.count < limit {
                sampler.draw(into: services, using: &service)
                for drawn in services {
                    let time = cursor.next(using: &arrivals)
                    guard time < .infinity else {
                        isComplete = true
                        break
                    }
                    let seconds = sampler.drifted(drawn, at: time)
                    var task = TapeTask(
                        arrival: time, service: seconds, deadline: time + rule.seconds(forService: seconds))
                    if let entry = entries?[tasks.count] {
                        task.service = entry.seconds ?? seconds
                        task.deadline = time + (entry.deadline ?? rule.seconds(forService: task.service))
                    }
                    tasks.append(task)
                }
            }
        }
        self.init(
            tasks, isComplete: isComplete,
            continuation: Continuation(cursor: cursor, arrivals: arrivals, service: service))
    }

    private init(_ tasks: ContiguousArray<TapeTask>, isComplete: Bool, continuation: Continuation?) {
        self.tasks = tasks
        self.isComplete = isComplete
        self.continuation = continuation
        longestDeadline = tasks.reduce(0) { max($0, $1.deadline - $1.arrival) }
        longestService = tasks.reduce(0) { max($0, $1.service) }
    }
}
