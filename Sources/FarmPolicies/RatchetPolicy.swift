import Farm

/// Adds a worker after each window that missed its quality of service, and never takes one away.
///
/// No publication proposes it. It decides as the published double DQN of arXiv 2602.06555 did in 272 of its 282 recorded
/// decisions (`autoscaling_env/comparison.log` of its code), with q* = 0.95, and so is what that agent has to be compared
/// with.
struct RatchetPolicy: StageRule {
    static let quality = PolicyParameter(
        "qos", .number(0...1), default: "0.95", "the share of tasks in time below which a worker is added",
        candidates: .values([
            0.5, 0.6, 0.7, 0.75, 0.8, 0.82, 0.84, 0.86, 0.88, 0.9, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97, 0.98,
            0.985, 0.99, 0.995, 0.998, 0.999, 1,
        ]))
    static let description = PolicyDescription(
        "ratchet", "one worker more after a window below the quality of service, never one fewer",
        parameters: [quality],
        needs: .deadlines, source: "arXiv 2602.06555, recorded decisions of its DQN agent"
    ) { arguments throws(PolicyError) in
        RatchetPolicy(name: arguments.canonicalName, quality: arguments.number(quality))
    }

    let name: String
    let quality: Double

    mutating func begin(_ stage: Stage, of scenario: Scenario) {}

    mutating func desired(after metrics: WindowMetrics) -> Int {
        metrics.desired(changedBy: metrics.qos < quality ? 1 : 0)
    }
}
