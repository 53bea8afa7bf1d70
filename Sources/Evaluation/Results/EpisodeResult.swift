/// What one episode of one policy came to. Times are the scenario's seconds.
///
/// Workers are counted as docs/glossary.md has it: paid time runs from the scale request to the worker's exit.
public struct EpisodeResult: Sendable, Hashable, Codable {
    /// The fraction, 0 to 1, of all emitted tasks that met their deadline; the unfinished count as missed.
    public var qos: Double
    /// The fraction, 0 to 1, of the collected tasks that met their deadline, after a drain of 8 s, as the paper counts.
    public var paperQoS: Double
    /// Paid worker-time over episode time, in workers.
    public var meanWorkers: Double
    /// Time-average of the workers able to take a task.
    public var meanReady: Double
    /// Mean over the steps of the number of workers observed, as the paper counts.
    public var paperMeanWorkers: Double
    /// Mean over the steps of the number of workers asked for.
    public var meanDesired: Double
    /// The most workers that were paid for at one time.
    public var maxWorkers: Double
    /// Paid worker-time, in worker-seconds.
    public var workerSeconds: Double
    /// Decisions that changed the number of workers.
    public var scalingActions: Double
    /// Mean response time, from generation to collection, in seconds.
    public var responseTimeMean: Double
    /// Median response time, in seconds.
    public var responseTimeP50: Double
    /// 95th percentile of the response time, in seconds.
    public var responseTimeP95: Double
    /// 99th percentile of the response time, in seconds.
    public var responseTimeP99: Double
    /// Time-average of the tasks that wait.
    public var queueMean: Double
    /// The episode's return: the sum of its rewards.
    public var reward: Double
    /// The seed. Episodes of different policies with one seed met the same tasks.
    public var seed: UInt64

    public init(
        qos: Double, paperQoS: Double, meanWorkers: Double, meanReady: Double, paperMeanWorkers: Double,
        meanDesired: Double, maxWorkers: Double, workerSeconds: Double, scalingActions: Double,
        responseTimeMean: Double, responseTimeP50: Double,
        responseTimeP95: Double, responseTimeP99: Double, queueMean: Double, reward: Double, seed: UInt64
    ) {
        self.qos = qos
        self.paperQoS = paperQoS
        self.meanWorkers = meanWorkers
        self.meanReady = meanReady
        self.paperMeanWorkers = paperMeanWorkers
        self.meanDesired = meanDesired
        self.maxWorkers = maxWorkers
        self.workerSeconds = workerSeconds
        self.scalingActions = scalingActions
        self.responseTimeMean = responseTimeMean
        self.responseTimeP50 = responseTimeP50
        self.responseTimeP95 = responseTimeP95
        self.responseTimeP99 = responseTimeP99
        self.queueMean = queueMean
        self.reward = reward
        self.seed = seed
    }
}

extension EpisodeResult {
    /// The mean of each number, with the first one's seed.
    ///
    /// - Parameter episodes: at least one.
    init(meanOf episodes: [EpisodeResult]) {
        self = episodes[0]
        for metric in Metric.allCases { self[metric] = Sample.mean(episodes.map { $0[metric] }) }
    }
}
