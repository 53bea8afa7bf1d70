public import CoreMetrics
public import Foundation
import Metrics
public import Steering

/// What a program's steered functions count for whoever runs it, through swift-metrics, each with the label `function`.
///
/// Counts every decision that is posted to the board from now on. Only the functions that it is made for get series, so that there
/// are as many as the configuration says. What nobody can tell is NaN, which has no sample, and never 0.
///
///     let meter = SteeringMeter(board, functions: ["resize"])
///     registry.beforeText { meter.refresh() }
public final class SteeringMeter: Sendable {
    private let board: SteeringBoard
    private let series: [String: FunctionSeries]
    private let now: @Sendable () -> Double

    /// - Parameters:
    ///   - functions: the names of all functions that are steered.
    ///   - factory: where the instruments come from.
    ///   - now: seconds since 1970.
    public init(
        _ board: SteeringBoard, functions: [String], factory: any MetricsFactory = MetricsSystem.factory,
        now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }
    ) {
        (self.board, self.now) = (board, now)
        let names = Set(functions)
        series = Dictionary(uniqueKeysWithValues: names.map { ($0, FunctionSeries($0, factory)) })
        board.observe { [series] in series[$0.settings.function]?.count($0) }
    }

    /// A call of a function's own ingress has ended, `seconds` after it came. Of functions that are not steered nothing is counted.
    public func countCall(of function: String, seconds: Double) {
        series[function]?.countCall(seconds: seconds)
    }

    /// Sets the gauges. To be called before they are read: ages go on between decisions.
    public func refresh() {
        let now = now()
        for entry in board.entries { series[entry.settings.function]?.set(entry, at: now) }
    }

    /// What the metrics mean, by name.
    public static let help = Dictionary(
        uniqueKeysWithValues: FunctionGauge.all.map { ($0.name, $0.help) }
    ).merging([
        "faasfarm_steering_decisions_total": "Decisions, by who recommended the number; nobody: it was kept.",
        "faasfarm_steering_refusals_total": "Numbers that a guard rail changed.",
        "faasfarm_steering_faults_total": "Decisions for which the policy said nothing in time, or nothing usable.",
        "faasfarm_steering_blind_decisions_total": "Decisions for which the load could not be read.",
        "faasfarm_steering_refused_requests_total": "Numbers that the platform did not take.",
        "faasfarm_steering_calls_total": "Calls of the function, as far as the source tells of them.",
        "faasfarm_steering_deadlines_total": "Calls whose deadline was met or missed, as far as the source tells.",
        "faasfarm_steering_response_seconds": "From a call's coming through the ingress to its answer.",
        "faasfarm_steering_workers_seen": "Workers; starting, ready and draining ones are paid for.",
    ]) { first, _ in first }
}
