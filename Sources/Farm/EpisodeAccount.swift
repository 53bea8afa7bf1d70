/// What the windows of an episode come to: the one account of it, for `info["result"]` and for comparisons of policies.
///
///     var account = EpisodeAccount()
///     account.add(window.metrics, reward: -0.3)
///     print(account.meanWorkers, account.scalingActions)
///
/// Means are 0 before the first window.
public struct EpisodeAccount: Sendable, Hashable {
    public private(set) var steps = 0
    public private(set) var seconds = 0.0
    public private(set) var paidWorkerSeconds = 0.0
    public private(set) var readyWorkerSeconds = 0.0
    /// Windows at whose beginning the number of workers asked for was changed, after bounds.
    public private(set) var scalingActions = 0
    public private(set) var calls = CallCounts()
    /// The most ready workers at a window's end.
    public private(set) var maxReady = 0
    /// The most workers that were paid for at a window's end.
    public private(set) var maxWorkers = 0
    /// The sum of the rewards.
    public private(set) var rewards = 0.0
    private var completions = 0
    private var sums = Sums()

    /// Over the windows' ends.
    private struct Sums: Hashable {
        var ready = 0
        var desired = 0
        var queueLength = 0
        var qos = 0.0
        /// Over the tasks that were done.
        var response = 0.0
    }

    public init() {}

    public mutating func add(_ metrics: WindowMetrics, reward: Double) {
        let ready = metrics.ready
        steps += 1
        seconds += metrics.windowSeconds
        paidWorkerSeconds += metrics.paidWorkerSeconds
        readyWorkerSeconds += metrics.readyWorkerSeconds
        if metrics.changes != 0 { scalingActions += 1 }
        metrics.stages.forEach { calls += $0.calls }
        maxReady = max(maxReady, ready)
        maxWorkers = max(maxWorkers, metrics.stages.sum { $0.workers.paid })
        rewards += reward
        sums.ready += ready
        sums.desired += metrics.desired
        sums.queueLength += metrics.queueLength
        sums.qos += metrics.qos
        guard let response = metrics.responseTimeMean else { return }
        completions += metrics.completions
        sums.response += response * Double(metrics.completions)
    }

    /// Paid worker-time over time.
    public var meanWorkers: Double { mean(paidWorkerSeconds, over: seconds) }
    /// Ready worker-time over time.
    public var meanReady: Double { mean(readyWorkerSeconds, over: seconds) }
    /// Ready workers at the windows' ends, as the paper counts.
    public var paperMeanWorkers: Double { mean(Double(sums.ready), over: Double(steps)) }
    public var meanDesired: Double { mean(Double(sums.desired), over: Double(steps)) }
    public var meanQueueLength: Double { mean(Double(sums.queueLength), over: Double(steps)) }
    /// Of the windows' shares in time.
    public var meanWindowQoS: Double { mean(sums.qos, over: Double(steps)) }
    /// From generation, of the tasks that were done; nil when none was.
    public var meanResponseTime: Double? { completions > 0 ? sums.response / Double(completions) : nil }

    private func mean(_ sum: Double, over count: Double) -> Double { count > 0 ? sum / count : 0 }
}
