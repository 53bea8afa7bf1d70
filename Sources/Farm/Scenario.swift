/// Everything about a farm that is not the policy: the tasks, the workers and the clock. All times are scenario seconds.
///
///     var scenario = try Scenario(yaml: "{base: shuffled, workers: {min: 1, max: 16, initial: 4}}", file: "mine.yaml")
///     scenario.steps = 100
///     print(scenario.horizon, scenario.referenceRate)
public struct Scenario: Sendable, Hashable {
    /// Lower-case letters, digits and hyphens.
    public var name: String
    /// Grows with every change that alters a trajectory; `paper@1` is version 1 of `paper`.
    public var version: Int
    public var summary: String
    public var arrivals: Arrivals
    public var stages: PerStage<Stage>
    public var deadline: DeadlineRule
    /// Length of a window, the time between two decisions.
    public var stepSeconds: Double
    /// The time limit of an episode, in steps.
    public var steps: Int
    public var scaling: Scaling
    public var work: WorkMode
    public var retry: RetryPolicy
    /// Of a simulated farm.
    public var platform: Platform
    /// Of a simulated farm.
    public var faults: Faults

    public init(
        name: String, version: Int = 1, summary: String = "", arrivals: Arrivals, stages: PerStage<Stage>,
        deadline: DeadlineRule, stepSeconds: Double, steps: Int, scaling: Scaling = .unblocked, work: WorkMode = .sleep,
        retry: RetryPolicy = RetryPolicy(), platform: Platform = Platform(), faults: Faults = Faults()
    ) {
        (self.name, self.version, self.summary) = (name, version, summary)
        (self.arrivals, self.stages, self.deadline) = (arrivals, stages, deadline)
        (self.stepSeconds, self.steps, self.scaling) = (stepSeconds, steps, scaling)
        (self.work, self.retry, self.platform, self.faults) = (work, retry, platform, faults)
    }

    /// Of one stage.
    public init(
        name: String, version: Int = 1, summary: String = "", arrivals: Arrivals, service: ServiceTime,
        deadline: DeadlineRule, workers: WorkerBounds, startUp: StartUpDelay = StartUpDelay(mean: 0),
        stepSeconds: Double, steps: Int, scaling: Scaling = .unblocked, work: WorkMode = .sleep,
        retry: RetryPolicy = RetryPolicy(), platform: Platform = Platform(), faults: Faults = Faults()
    ) {
        self.init(
            name: name, version: version, summary: summary, arrivals: arrivals,
            stages: PerStage(Stage(service: service, workers: workers, startUp: startUp)), deadline: deadline,
            stepSeconds: stepSeconds, steps: steps, scaling: scaling, work: work, retry: retry, platform: platform,
            faults: faults)
    }

    /// Length of an episode in seconds.
    public var horizon: Double { stepSeconds * Double(steps) }

    /// Tasks a second, averaged over the horizon: what counts are measured against.
    public var referenceRate: Double { max(arrivals.expectedCount(before: horizon) / horizon, 1e-9) }

    /// Of all stages together.
    public var workers: WorkerBounds {
        WorkerBounds(
            min: stages.sum(\.workers.min), max: stages.sum(\.workers.max), initial: stages.sum(\.workers.initial))
    }

    /// The work of a task on the average, in seconds, over all stages.
    public var meanService: Double { stages.sum(\.service.mean) }

    /// The deadline of a task of mean service time, in seconds: what times are measured against.
    public var meanDeadline: Double { deadline.seconds(forService: meanService) }
}

/// How many workers there may be.
public struct WorkerBounds: Sendable, Hashable {
    public var min: Int
    public var max: Int
    public var initial: Int

    public init(min: Int, max: Int, initial: Int) {
        self.min = min
        self.max = max
        self.initial = initial
    }

    /// The nearest allowed number.
    public func clamp(_ count: Int) -> Int { Swift.min(Swift.max(count, min), max) }
}

/// Whether a step waits for its scaling.
public enum Scaling: String, Sendable, Hashable, CaseIterable {
    /// The step goes on while workers start and drain.
    case unblocked
    /// The step begins once the workers are as many as asked for (the paper's way).
    case blocking
}

/// What a worker does for a task.
public enum WorkMode: String, Sendable, Hashable, CaseIterable {
    case sleep
    /// Spins on arithmetic.
    case cpu
    /// The paper's four-stage image pipeline on an image that takes about the service time.
    case image
}

/// What becomes of a failed attempt.
public struct RetryPolicy: Sendable, Hashable {
    /// Attempts after which a task is failed; 1 is `retry: never`.
    public var maxAttempts: Int
    /// Wait before the second attempt in seconds; doubles with each further one.
    public var firstDelay: Double
    public var maxDelay: Double
    /// How long an attempt may take before it is given up, in seconds.
    public var attemptLimit: Double

    public init(maxAttempts: Int = 5, firstDelay: Double = 0.1, maxDelay: Double = 2, attemptLimit: Double = 60) {
        self.maxAttempts = maxAttempts
        self.firstDelay = firstDelay
        self.maxDelay = maxDelay
        self.attemptLimit = attemptLimit
    }

    /// The wait after `failures` failed attempts (1 or more), in seconds.
    public func delay(afterFailures failures: Int) -> Double {
        var delay = firstDelay
        for _ in 1..<max(failures, 1) where delay < maxDelay { delay *= 2 }
        return min(delay, maxDelay)
    }
}

/// When a task must be done, measured from its generation.
public struct DeadlineRule: Sendable, Hashable {
    /// Times the task's service time; 0 for a deadline that does not depend on it.
    public var factor: Double
    /// Bounds in seconds; equal bounds make a constant deadline.
    public var min: Double
    public var max: Double

    public init(factor: Double, min: Double, max: Double) {
        self.factor = factor
        self.min = min
        self.max = max
    }

    /// The relative deadline of a task of that service time, in seconds.
    public func seconds(forService service: Double) -> Double { Swift.min(Swift.max(factor * service, min), max) }
}

/// The time from asking for a worker until it can take a task: a normal distribution cut off at its bounds, in seconds.
public struct StartUpDelay: Sendable, Hashable {
    public var mean: Double
    public var standardDeviation: Double
    public var min: Double
    public var max: Double
    /// With this probability a delay lies between ``max`` and ``tailMax``, uniformly.
    public var tailProbability = 0.0
    public var tailMax = 0.0
    /// Instead of all that: one of these, equally likely.
    public var empirical: [Double] = []

    public init(mean: Double, standardDeviation: Double = 0, min: Double? = nil, max: Double? = nil) {
        self.mean = mean
        self.standardDeviation = standardDeviation
        self.min = min ?? Swift.max(0, mean - 3 * standardDeviation)
        self.max = max ?? mean + 3 * standardDeviation
    }

    /// One of `values`, which are not empty.
    public init(empirical values: [Double]) {
        let count = Double(Swift.max(values.count, 1))
        self.init(mean: values.reduce(0, +) / count, min: values.min() ?? 0, max: values.max() ?? 0)
        empirical = values
    }

    /// The longest delay there is.
    public var longest: Double { tailProbability > 0 ? Swift.max(max, tailMax) : max }
}
