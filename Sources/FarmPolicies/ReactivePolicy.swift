import Farm

/// The baselines of arXiv 2602.06555 (`autoscaling_env/baselines/reactive_policies.py` of its code): a model of a farm's
/// need, and one worker a step towards it.
///
///     S      = max(avg_time, 0.1)                    average
///            = max(max_time, avg_time, 0.1)          maximum; both times are 1.5 s when no task was done
///     H      = max(step, S, 1)
///     needed = max(1, λ·S + worker_q·S/H)
///     active = max(0, enqueued − worker_q − result_q − output_q)
///     busy   = min(workers, max(0, active − 1)) · S/H · adj         adj = 0.5 average, 1 maximum
///     delta  = needed − (workers − busy):  ≥ 0.5 one more, ≤ −0.5 one fewer
///
/// `workers` are the ready ones, λ is the arrival rate of the last window. As in the original, "time" is response time
/// although the model needs service time. `step` is the scenario's, 8 s in the paper; the maximum's `busy` is 1 at least. The floor is ours: it repairs most of what is wrong with the rule.
struct ReactivePolicy: StageRule {
    /// Whose response time stands for the service time.
    enum Statistic {
        case average
        case maximum
    }

    static let floor = PolicyParameter(
        "floor", .whole(1...10_000), default: "1", "the fewest workers to ask for", candidates: .workers(atMost: 30))
    static let average = description("reactive-average", .average, "the mean response time")
    static let maximum = description("reactive-maximum", .maximum, "the longest response time")

    let name: String
    private let statistic: Statistic
    private let floor: Int
    private var step = 8.0

    private static func description(_ name: String, _ statistic: Statistic, _ time: String) -> PolicyDescription {
        PolicyDescription(
            name, "one worker towards the need that arrival rate, queue and \(time) suggest", parameters: [floor],
            needs: [.arrivals, .queue, .running, .response], source: "arXiv 2602.06555, reactive baselines"
        ) { arguments throws(PolicyError) in
            ReactivePolicy(
                name: arguments.canonicalName, statistic: statistic, floor: arguments.whole(floor))
        }
    }

    private init(name: String, statistic: Statistic, floor: Int) {
        self.name = name
        self.statistic = statistic
        self.floor = floor
    }

    mutating func begin(_ stage: Stage, of scenario: Scenario) {
        step = scenario.stepSeconds
    }

    mutating func desired(after metrics: WindowMetrics) -> Int {
        let delta = delta(metrics)
        return max(floor, metrics.desired(changedBy: delta >= 0.5 ? 1 : delta <= -0.5 ? -1 : 0))
    }

    /// Workers that are missing, or too many when negative.
    private func delta(_ metrics: WindowMetrics) -> Double {
        let waiting = Double(metrics.queueLength)
        let workers = Double(metrics.ready)
        let mean = (metrics.responseTimeMean ?? 1.5).finite(or: 1.5)
        let longest = (metrics.responseTimeMax ?? 1.5).finite(or: 1.5)
        let time = statistic == .average ? max(mean, 0.1) : max(longest, mean, 0.1)
        let share = time / max(step, time, 1)
        let needed = max(1, metrics.arrivalRate.finite(or: 0) * time + waiting * share)
        let active = max(
            0,
            Double(metrics.totals.emitted) - waiting - Double(metrics.stages.first.collecting)
                - Double(metrics.totals.done))
        let occupied = min(workers, max(0, active - 1)) * share
        let busy = statistic == .average ? 0.5 * occupied : max(1, occupied)
        return needed - (workers - busy)
    }
}
