import Steering

/// A gauge of a steered function.
struct FunctionGauge: Sendable {
    let name: String
    let help: String
    /// NaN where nobody can tell.
    let value: @Sendable (SteeringBoard.Entry, _ now: Double) -> Double

    static let all: [FunctionGauge] = [
        .init(
            name: "faasfarm_steering_recommended_workers", help: "What the policy said last; none: nothing usable."
        ) { entry, _ in number(entry.decision.recommended) },
        .init(
            name: "faasfarm_steering_asked_workers", help: "What came out of the guard rails, asked for or not."
        ) { entry, _ in Double(entry.decision.asked) },
        .init(
            name: "faasfarm_steering_applied_workers", help: "What the platform has been told last, by whomever."
        ) { entry, _ in number(entry.applied) },
        .init(
            name: "faasfarm_steering_acting", help: "1: numbers are asked for; 0: they are only written down."
        ) { entry, _ in entry.mode == .steer ? 1 : 0 },
        .init(
            name: "faasfarm_steering_paused", help: "1 while changes up, down or both ways are paused."
        ) { entry, _ in entry.pause == nil ? 0 : 1 },
        .init(
            name: "faasfarm_steering_fallback_active", help: "1 while the fallback has the function."
        ) { entry, _ in entry.isOnFallback ? 1 : 0 },
        .init(
            name: "faasfarm_steering_platform_reachable",
            help: "1: the platform told of the workers at the last decision."
        ) { entry, _ in entry.decision.workers == nil ? 0 : 1 },
        .init(
            name: "faasfarm_steering_input_age_seconds", help: "How old the newest input is; +Inf: there was none."
        ) { entry, now in
            entry.decision.inputAge < 0 ? .infinity : entry.decision.inputAge + max(now - entry.decision.time, 0)
        },
        .init(
            name: "faasfarm_steering_decision_age_seconds", help: "Since the last decision."
        ) { entry, now in max(now - entry.decision.time, 0) },
        .init(
            name: "faasfarm_steering_period_seconds", help: "From a decision to the next one, as configured."
        ) { entry, _ in entry.settings.period },
        .init(
            name: "faasfarm_steering_queued_calls", help: "Calls that wait; none: the source does not tell."
        ) { entry, _ in number(entry.decision.sighting?.queued) },
        .init(
            name: "faasfarm_steering_running_calls", help: "Calls that are worked on; none: the source does not tell."
        ) { entry, _ in number(entry.decision.sighting?.running) },
        .init(
            name: "faasfarm_steering_oldest_call_seconds",
            help: "Age of the oldest call that waits; none: the source does not tell."
        ) { entry, _ in entry.decision.sighting?.oldestAge ?? .nan },
        .init(
            name: "faasfarm_steering_window_qos_ratio",
            help:
                "Share of the calls decided in the last period that met their deadline; none: none, or the source does not tell."
        ) { entry, _ in entry.qos ?? .nan },
        .init(
            name: "faasfarm_steering_window_response_seconds",
            help: "Mean time from coming to answer in the last period; none: no call ended, or nobody tells."
        ) { entry, _ in entry.decision.sighting?.responseSeconds ?? .nan },
        .init(
            name: "faasfarm_steering_deadline_seconds", help: "Within which a call is to be answered, as configured."
        ) { entry, _ in entry.settings.deadline },
        .init(
            name: "faasfarm_steering_spent_worker_seconds", help: "What workers have cost since midnight (UTC)."
        ) { entry, _ in entry.spent },
        .init(
            name: "faasfarm_steering_budget_worker_seconds", help: "What they may cost a day; none: anything."
        ) { entry, _ in entry.settings.dailyBudget ?? .nan },
    ]

    private static func number(_ count: Int?) -> Double { count.map(Double.init) ?? .nan }
}
