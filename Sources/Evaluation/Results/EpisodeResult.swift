import Farm

/// What one episode of one policy came to. Times are the scenario's seconds.
///
/// Workers are counted as docs/glossary.md has it: paid time runs from the scale request to the worker's exit.
public struct EpisodeResult: Sendable, Hashable, Codable {
    /// The fraction, 0 to 1, of all emitted tasks that met their deadline; the unfinished count as missed.
    public var qos = 0.0
    /// The fraction, 0 to 1, of the collected tasks that met their deadline, after a drain of 8 s, as the paper counts.
    public var paperQoS = 0.0
    /// Paid worker-time over episode time, in workers.
    public var meanWorkers = 0.0
    /// Time-average of the workers able to take a task.
    public var meanReady = 0.0
    /// Mean over the steps of the number of workers observed, as the paper counts.
    public var paperMeanWorkers = 0.0
    /// Mean over the steps of the number of workers asked for.
    public var meanDesired = 0.0
    /// The most workers that were paid for at one time.
    public var maxWorkers = 0.0
    /// Paid worker-time, in worker-seconds.
    public var workerSeconds = 0.0
    /// Decisions that changed the number of workers.
    public var scalingActions = 0.0
    /// Mean response time, from generation to collection, in seconds.
    public var responseTimeMean = 0.0
    /// Median response time, in seconds.
    public var responseTimeP50 = 0.0
    /// 95th percentile of the response time, in seconds.
    public var responseTimeP95 = 0.0
    /// 99th percentile of the response time, in seconds.
    public var responseTimeP99 = 0.0
    /// Time-average of the tasks that wait.
    public var queueMean = 0.0
    /// The episode's return: the sum of its rewards.
    public var reward = 0.0
    /// The seed. Episodes of different policies with one seed met the same tasks.
    public var seed: UInt64 = 0
}

extension EpisodeResult {
    /// What an account has of an episode, given its tasks at the end. The response times of single tasks and a drain are not
    /// in it.
    init(_ account: EpisodeAccount, _ totals: TaskTotals, seed: UInt64) {
        qos = totals.qos
        meanWorkers = account.meanWorkers
        meanReady = account.meanReady
        paperMeanWorkers = account.paperMeanWorkers
        meanDesired = account.meanDesired
        maxWorkers = Double(account.maxWorkers)
        workerSeconds = account.paidWorkerSeconds
        scalingActions = Double(account.scalingActions)
        // Where nothing was done, what is known of the response time is that it is as long as the episode.
        responseTimeMean = account.meanResponseTime ?? (totals.emitted > 0 ? account.seconds : 0)
        queueMean = account.meanQueueLength
        reward = account.rewards
        self.seed = seed
    }

    /// The mean of each number, with the first one's seed.
    ///
    /// - Parameter episodes: at least one.
    init(meanOf episodes: [EpisodeResult]) {
        for metric in Metric.allCases { self[metric] = Sample.mean(episodes.map { $0[metric] }) }
        seed = episodes.first?.seed ?? 0
    }
}
