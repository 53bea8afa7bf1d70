import Farm
import FarmPolicies
import Steering

/// A policy at work in a function that has no episodes.
struct RuleCourse: Sendable {
    private var policy: any FarmPolicy
    private var hasBegun = false
    /// Calls so far.
    private var totals = TaskTotals()
    /// What was asked for at the last window's end.
    private var desired: Int?
    /// When the first window that was replayed began, seconds since 1970, how long it all took, and how many there were.
    private var replayed: (since: Double, seconds: Double, windows: Int)?
    /// What the present program's times and steps have to be moved by so that they go on from what was replayed.
    private var shift: (seconds: Double, steps: Int)?

    var needs: MetricAbsences { policy.needs }

    init(_ policy: any FarmPolicy, _ scenario: Scenario) {
        self.policy = policy
        self.policy.begin(scenario)
    }

    /// The policy's number.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Throws: what it needs and was not told.
    mutating func number(after metrics: WindowMetrics, now: Double) throws(SteeringFailure) -> Int {
        var metrics = metrics
        if let replayed {
            let begun = now - metrics.time
            let moved =
                shift ?? (max(begun - replayed.since, replayed.seconds - metrics.time), replayed.windows)
            shift = moved
            metrics.time += moved.seconds
            metrics.step += moved.steps
        }
        return try number(after: metrics)
    }

    private mutating func number(after shown: WindowMetrics) throws(SteeringFailure) -> Int {
        guard shown.windowSeconds > 0 else {
            // There is nothing new. A window without length is how an episode begins.
            if !policy.needs.isEmpty {
                if hasBegun { return max(shown.desired, 0) }
                guard !shown.isStale else { throw SteeringFailure("nothing of the load has been seen yet") }
            }
            hasBegun = true
            return policy.staffing(after: completed(shown)).first
        }
        let missing = policy.needs.intersection(shown.absences)
        guard missing.isEmpty else {
            throw SteeringFailure("\(policy.name) needs what nobody can tell now: \(missing)")
        }
        let metrics = completed(shown)
        if !hasBegun {
            hasBegun = true
            _ = policy.staffing(after: RuleCourse.beginning(metrics))
        }
        return policy.staffing(after: metrics).first
    }

    /// Shows the policy what an earlier program saw. A decision on a sighting that an earlier one was made on already tells nothing.
    ///
    /// - Returns: how many windows there were.
    mutating func replay(_ decisions: [SteeringDecision], staleAfter: Double) -> Int {
        var last = -Double.infinity
        for decision in decisions.sorted(by: { $0.time < $1.time }) {
            guard let sighting = decision.sighting, decision.blindness == nil, sighting.time > last else { continue }
            last = sighting.time
            let since = replayed?.since ?? decision.time
            let metrics = WindowMetrics(
                sighting, workers: decision.workers, asked: decision.before, begun: since, now: decision.time,
                step: replayed?.windows ?? 0, staleAfter: staleAfter)
            replayed = (since, metrics.time, (replayed?.windows ?? 0) + 1)
            _ = try? number(after: metrics)
        }
        return replayed?.windows ?? 0
    }

    /// Adds what a farm's own metrics have and a sighting has not.
    private mutating func completed(_ shown: WindowMetrics) -> WindowMetrics {
        var metrics = shown
        metrics.stages.first.workers.appliedDelta =
            metrics.desired.subtractingReportingOverflow(
                desired ?? metrics.desired
            ).partialValue
        metrics.stages.first.workers.requestedDelta = metrics.stages.first.workers.appliedDelta
        desired = metrics.desired
        // Means are told alone; rules and agents that go by a distribution's tail get that of a usual one.
        let stage = metrics.stages.first
        if stage.serviceTimeP95 == nil {
            metrics.stages.first.serviceTimeP95 = stage.serviceTimeMean.map { $0 * Scenario.steeredTail }
        }
        if metrics.responseTimeMax == nil { metrics.responseTimeMax = metrics.responseTimeMean.map { $0 * 3 } }
        totals.failed &+= stage.failures
        totals.done &+= max(stage.completions - stage.failures, 0)
        totals.met &+= metrics.met
        totals.missed &+= metrics.missed
        (totals.queued, totals.running) = (metrics.queueLength, metrics.running)
        totals.emitted = totals.queued &+ totals.running &+ totals.done &+ totals.failed
        totals.failureReasons = totals.failed > 0 ? ["failed": totals.failed] : [:]
        metrics.totals = totals
        return metrics
    }

    /// The same moment, as an episode that begins there would show it.
    private static func beginning(_ metrics: WindowMetrics) -> WindowMetrics {
        var first = WindowMetrics()
        first.time = max(metrics.time - metrics.windowSeconds, 0)
        first.step = metrics.step
        first.stages.first.workers = metrics.stages.first.workers
        first.readyAge = metrics.readyAge
        first.isStale = metrics.isStale
        (first.absences, first.estimates) = (metrics.absences, metrics.estimates)
        return first
    }
}
