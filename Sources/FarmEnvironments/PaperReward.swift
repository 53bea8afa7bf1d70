import Farm

/// The reward of the paper's code in its final version (1c133a4 of 21 November 2025), with ready workers for its workers and
/// the scenario's expected number of tasks for its 1140.
///
/// A calm step without a change is worth 5.40: 1.8 for QoS 1, and 3.6 for being calm.
public enum PaperReward {
    private static let targetQoS = 0.95
    private static let queueTarget = 30.0
    private static let workerBudget = 14.0
    private static let idleQueue = 8
    private static let qosWeight = 36.0
    private static let backlogWeight = 2.5
    private static let scalingWeight = 0.08
    private static let excessWeight = 0.05
    private static let scaleUpWeight = 5.5
    private static let scaleDownWeight = 0.1
    private static let unfinishedWeight = 2.0
    private static let completionBonus = 8.0

    /// The names of the terms, as in `info["reward_terms"]`.
    public static let names = ["qos", "backlog", "excess", "scaling", "scale_up", "scale_down", "calm", "terminal"]

    static func forEachTerm(_ metrics: WindowMetrics, end: FarmEnd?, scale: FarmScale, _ body: (String, Double) -> Void)
    {
        let qos = metrics.qos
        let load = Double(metrics.queueLength) / queueTarget
        let change = Double(metrics.changes)
        let direction = metrics.stages.sum { $0.workers.appliedDelta }
        let isInTime = qos >= targetQoS
        let isOverloaded = load > 1 || !isInTime
        let excess = max(0, Double(metrics.ready) - workerBudget)
        let overload = max(0, load - 1)
        let hasIdle = metrics.queueLength <= idleQueue && isInTime

        // Subtracted from 0, so that no term is -0.
        body("qos", qosWeight * (qos - targetQoS))
        body("backlog", 0 - backlogWeight * overload * overload)
        body("excess", hasIdle ? 0 - excessWeight * excess : 0)
        body("scaling", 0 - scalingWeight * change)
        body("scale_up", direction > 0 && isOverloaded ? scaleUpWeight * change : 0)
        body("scale_down", direction < 0 && !isOverloaded ? scaleDownWeight * change : 0)
        body("calm", isInTime && load <= 0.5 ? 0.1 * qosWeight : 0)
        body("terminal", terminal(metrics, end: end, scale: scale))
    }

    private static func terminal(_ metrics: WindowMetrics, end: FarmEnd?, scale: FarmScale) -> Double {
        switch end {
        case .finished: completionBonus
        case .horizon:
            0 - unfinishedWeight
                * min(max(scale.tasksPerEpisode(metrics) - Double(metrics.totals.done), 0), queueTarget)
        case .broken, nil: 0
        }
    }
}
