import Farm
import Gymnasium

/// Sums over an episode's windows, for the result at its end.
struct EpisodeAccount: Sendable {
    private(set) var steps = 0
    private var seconds = 0.0
    private var paidWorkerSeconds = 0.0
    private var readyWorkerSeconds = 0.0
    private var scalingActions = 0
    private var readySum = 0
    private var readyMax = 0
    private var qosSum = 0.0
    private var retries = 0
    private var collisions = 0
    private var refusals = 0
    private var duplicates = 0
    private var rewards = 0.0

    mutating func add(_ metrics: WindowMetrics, reward: Double) {
        steps += 1
        seconds += metrics.windowSeconds
        paidWorkerSeconds += metrics.paidWorkerSeconds
        readyWorkerSeconds += metrics.readyWorkerSeconds
        if metrics.requestedDelta != 0 { scalingActions += 1 }
        readySum += metrics.ready
        readyMax = max(readyMax, metrics.ready)
        qosSum += metrics.qos
        retries += metrics.retries
        collisions += metrics.collisions
        refusals += metrics.refusals
        duplicates += metrics.duplicates
        rewards += reward
    }

    /// The episode's result, given its totals.
    func result(_ totals: TaskTotals) -> Value {
        func mean(_ sum: Double, over count: Double) -> Value { .number(count > 0 ? sum / count : 0) }
        return .dictionary([
            "qos": .number(totals.qos),
            "mean_window_qos": mean(qosSum, over: Double(steps)),
            "mean_workers": mean(paidWorkerSeconds, over: seconds),
            "mean_ready": mean(readyWorkerSeconds, over: seconds),
            "paper_mean_workers": mean(Double(readySum), over: Double(steps)),
            "max_ready": .integer(Int64(readyMax)),
            "scaling_actions": .integer(Int64(scalingActions)),
            "steps": .integer(Int64(steps)),
            "seconds": .number(seconds),
            "return": .number(rewards),
            "paid_worker_seconds": .number(paidWorkerSeconds),
            "ready_worker_seconds": .number(readyWorkerSeconds),
            "emitted": .integer(Int64(totals.emitted)),
            "done": .integer(Int64(totals.done)),
            "failed": .integer(Int64(totals.failed)),
            "met": .integer(Int64(totals.met)),
            "missed": .integer(Int64(totals.missed)),
            "unfinished": .integer(Int64(totals.queued + totals.running)),
            "retries": .integer(Int64(retries)),
            "collisions": .integer(Int64(collisions)),
            "refusals": .integer(Int64(refusals)),
            "duplicates": .integer(Int64(duplicates)),
        ])
    }
}
