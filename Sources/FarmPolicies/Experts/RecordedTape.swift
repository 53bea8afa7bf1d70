import Farm
import FarmModel
import Randomness

/// Tasks as they were counted: as many in each window as came, placed inside it by the rate of its last third, with
/// work drawn as it was measured. Farms that are simulated on one tape meet the same tasks.
struct RecordedTape: Sendable {
    private(set) var tasks: ContiguousArray<TapeTask> = []
    /// Of the relative deadlines so far, in seconds.
    private(set) var longestDeadline = 0.0
    private let deadline: DeadlineRule
    private let share: Double
    private var generator: PCG64

    /// Tasks of a window at most: what says more is no count.
    private static let most = 100_000

    init(_ stage: Stage, of scenario: Scenario, seed: UInt64) {
        deadline = scenario.deadline
        share = stage.deadlineShare
        generator = PCG64(seed: Seed(seed))
    }

    /// Adds the tasks of the window that ends at `end`.
    ///
    /// - Parameter begin: the end of the window before.
    mutating func add(_ metrics: WindowMetrics, from begin: Double, to end: Double, _ service: ServiceEstimate) {
        let stage = metrics.stages.first
        let count = min(max(stage.arrivals, 0), RecordedTape.most)
        guard count > 0, end > begin else { return }
        let third = (end - begin) / 3
        let recent = min(max((stage.recentArrivalRate.finite(or: 0) * third).rounded(), 0), Double(count))
        let first = tasks.count
        place(count - Int(recent), from: begin, seconds: 2 * third, service)
        place(Int(recent), from: begin + 2 * third, seconds: third, service)
        for index in first..<tasks.count {
            // Rounding must not move a task into the next window.
            tasks[index].arrival = min(tasks[index].arrival, end.nextDown)
        }
    }

    /// Uniform times in order: partial sums of exponential ones, as shares of their whole.
    private mutating func place(_ count: Int, from begin: Double, seconds: Double, _ service: ServiceEstimate) {
        guard count > 0 else { return }
        let sampling = Sampling()
        let sampler = ServiceSampler(
            ServiceTime(.lognormal(mean: service.mean, cv: service.squaredVariation.squareRoot())))
        let first = tasks.count
        var sum = 0.0
        for _ in 0..<count {
            sum += sampling.exponential(using: &generator)
            let seconds = sampler.sample(at: 0, using: &generator)
            tasks.append(TapeTask(arrival: sum, service: seconds, deadline: 0))
        }
        sum += sampling.exponential(using: &generator)
        for index in first..<tasks.count {
            let arrival = begin + tasks[index].arrival / max(sum, .leastNormalMagnitude) * seconds
            let relative = deadline.seconds(forService: tasks[index].service) * share
            tasks[index].arrival = arrival
            tasks[index].deadline = arrival + relative
            longestDeadline = max(longestDeadline, relative)
        }
    }

    /// Removes the first `count` tasks.
    mutating func removeFirst(_ count: Int) { tasks.removeFirst(min(max(count, 0), tasks.count)) }
}
