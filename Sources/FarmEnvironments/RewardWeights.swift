import Farm
public import Gymnasium

/// What missed deadlines and workers are worth against each other.
///
/// `reward = −(miss · missed + cost · paid worker-seconds + queue · queue length + late_seconds · late seconds) / n
/// − change · Σ |applied change of desired|`, where n is the number of tasks that a step of the scenario brings on average;
/// where the scenario brings none and all come from outside, those that came, averaged over the episode's steps so far, and at
/// least one. So only the weights' ratios and the scale of `change` matter: with the defaults one missed deadline is worth
/// miss / cost = 20 paid worker-seconds, and missing everything costs 1 a step.
public struct RewardWeights: Sendable, Hashable {
    /// Of a task that missed its deadline or failed.
    public var miss = 1.0
    /// Of a second of a paid worker: starting, ready or draining.
    public var cost = 0.05
    /// Of a worker by which `desired` was changed. For where changes themselves are dear.
    public var change = 0.0
    /// Of a task that waits at the window's end. Makes backlog felt before its deadlines pass.
    public var queue = 0.0
    /// Of a second by which a done task was late. Tells a little late from very late.
    public var lateSeconds = 0.0
    /// What n is.
    public var per = Measure.tasks

    /// What a reward is divided by. It changes the size of an episode's rewards, and not which policy is best in it.
    public enum Measure: String, Sendable, Hashable, CaseIterable {
        /// The tasks that a step brings on average.
        case tasks
        /// The worker-seconds of work that a step brings on average, so that farms with long tasks and short ones count alike.
        case work
        /// What a step of the same episode costs the cheapest of some simple rules, which play it first; see ``RuleCost``. So
        /// that easy episodes and hard ones count alike. Of simulated farms only.
        case rule
    }

    /// The largest weight there may be.
    public static let largest = 1e6

    /// As in the `reward` argument and in `info["reward_terms"]`.
    public static let names = ["miss", "cost", "change", "queue", "late_seconds"]

    /// The defaults.
    public init() {}

    /// The defaults, with the weights that `entries` name.
    ///
    /// - Throws: `badArgument` for `reward`: an unknown name, or a weight that is no number from 0 to ``largest``.
    public init(_ entries: [Value.Entry]) throws(EnvironmentError) {
        for entry in entries {
            guard entry.key != "per" else {
                per = try RewardWeights.measure(entry.value)
                continue
            }
            guard let path = RewardWeights.path(entry.key) else {
                throw EnvironmentError(
                    .badArgument(name: "reward"),
                    "there is no reward weight \"\(entry.key)\"\(NearMatches.hint(for: entry.key, among: RewardWeights.names + ["per"]))"
                )
            }
            guard let weight = entry.value.double, weight >= 0, weight <= RewardWeights.largest else {
                let got = entry.value.double.map { "\($0)" } ?? entry.value.kindName
                throw EnvironmentError(
                    .badArgument(name: "reward"),
                    "the reward weight \"\(entry.key)\" must be a number from 0 to \(RewardWeights.largest), got \(got)"
                )
            }
            self[keyPath: path] = weight
        }
    }

    var value: Value {
        var entries: [String: Value] = [
            "miss": .number(miss), "cost": .number(cost), "change": .number(change), "queue": .number(queue),
            "late_seconds": .number(lateSeconds),
        ]
        if per != .tasks { entries["per"] = .text(per.rawValue) }
        return .dictionary(entries)
    }

    private static func measure(_ value: Value) throws(EnvironmentError) -> Measure {
        guard let measure = value.string.flatMap(Measure.init(rawValue:)) else {
            let known = Measure.allCases.map(\.rawValue).joined(separator: ", ")
            throw EnvironmentError(
                .badArgument(name: "reward"),
                "a reward is per one of \(known), got \(value.string ?? value.kindName)")
        }
        return measure
    }

    /// What a window costs, before it is divided by anything and without changes of workers.
    func cost(of metrics: WindowMetrics) -> Double {
        miss * Double(metrics.missed) + cost * metrics.paidWorkerSeconds + queue * Double(metrics.queueLength)
            + lateSeconds * metrics.lateSeconds
    }

    func forEachTerm(_ metrics: WindowMetrics, scale: FarmScale, _ body: (String, Double) -> Void) {
        let tasks =
            switch per {
            case .tasks: scale.tasksPerStep(metrics)
            case .work: scale.tasksPerStep(metrics) * scale.meanService
            case .rule: scale.ruleCost
            }
        // Subtracted from 0, so that no term is -0.
        body("miss", 0 - miss * Double(metrics.missed) / tasks)
        body("cost", 0 - cost * metrics.paidWorkerSeconds / tasks)
        body("change", 0 - change * Double(metrics.changes))
        body("queue", 0 - queue * Double(metrics.queueLength) / tasks)
        body("late_seconds", 0 - lateSeconds * metrics.lateSeconds / tasks)
    }

    private static func path(_ name: String) -> WritableKeyPath<RewardWeights, Double>? {
        switch name {
        case "miss": \.miss
        case "cost": \.cost
        case "change": \.change
        case "queue": \.queue
        case "late_seconds": \.lateSeconds
        default: nil
        }
    }
}
