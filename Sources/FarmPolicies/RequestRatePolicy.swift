import Farm

/// OpenFaaS on requests a second (its documentation, "Auto-scaling your functions").
///
/// `mode=rps` is the OpenFaaS Pro autoscaler with `com.openfaas.scale.type=rps`:
///
///     desired = ceil(completed requests a second / (target · proportion)), and `min` at least
///
/// The rate is that of the last 30 s, looked at every 15 s (`job:function_current_load:sum` and `evaluation_interval` in
/// `chart/openfaas/templates/prometheus-pro-cfg.yaml` of openfaas/faas-netes; the rounding up to whole requests a second there
/// is left out, since a task here takes seconds). A scale-down goes to the highest recommendation of the last `down-window`
/// seconds (`com.openfaas.scale.down.window`, off by default); the episode's first number is one, too. Below `min`
/// (`com.openfaas.scale.min`) there is only none at all, where the scenario's bounds allow it: when no task has come for
/// `zero-duration` (`com.openfaas.scale.zero-duration`). The first task that comes then brings back `min`, as the gateway
/// does.
///
/// A rate of completions is no sample of the load while nothing has completed. Ours is therefore: in a rate window without a
/// completion the tasks that run count with the scenario's mean service time, and before an episode's first completion no
/// worker goes while there are tasks (dask/distributed#8035 is the same mistake elsewhere).
struct RequestRatePolicy: StageRule {
    static let target = PolicyParameter(
        "target", .number(0.0001...1_000_000), default: "50", "tasks a second that a worker is made for",
        candidates: .serviceRates([0.4, 0.5, 0.6, 0.7, 0.9]))
    static let proportion = PolicyParameter(
        "proportion", .number(0.01...1), default: "0.9", "the share of the target to keep")
    static let rateWindow = PolicyParameter(
        "rate-window", .number(0...3_600), default: "30", "seconds that the rate is taken over, the last step at least",
        candidates: .values([0, 30]))
    static let interval = PolicyParameter(
        "interval", .number(0...3_600), default: "15", "seconds between two looks at the rate",
        candidates: .values([0, 15]))
    static let downWindow = PolicyParameter(
        "down-window", .number(0...300), default: "0", "seconds for which a need keeps workers from going",
        candidates: .values([0, 60, 120]))
    static let least = PolicyParameter("min", .whole(1...10_000), default: "1", "the fewest workers but for none")
    static let zeroDuration = PolicyParameter(
        "zero-duration", .number(0...86_400), default: "900", "seconds without a new task before all workers go")
    static let mode = PolicyParameter(
        "mode", .choice(["rps", "alert"]), default: "rps", "the Pro autoscaler, or the Community Edition's alert")
    static let description = PolicyDescription(
        "openfaas-rps", "as many workers as keep the tasks a second and worker at a target, the OpenFaaS way",
        parameters: [target, proportion, rateWindow, interval, downWindow, least, zeroDuration, mode]
            + InvocationAlertPolicy.parameters,
        needs: [.arrivals, .completions, .running],
        source: "OpenFaaS documentation, Auto-scaling your functions; openfaas/faas, gateway/handlers/alerthandler.go; "
            + "openfaas/faas-netes, chart/openfaas/templates/prometheus-pro-cfg.yaml"
    ) { arguments throws(PolicyError) in try RequestRatePolicy.make(arguments) }

    let name: String
    private let targetValue: Double
    private let rateWindow: Double
    private let interval: Double
    private let downWindow: Double
    private let least: Int
    private let zeroDuration: Double
    private var meanService = 0.0
    private var rates = WindowHistory()
    private var recommendations = SlidingWindow()
    private var hasCompleted = false
    /// When a task last came or was there; at first the episode's beginning.
    private var lastActive: Double?
    /// The number of the last look's interval, and what was asked for then.
    private var look: (number: Double, wish: Int)?

    private static func make(_ arguments: PolicyArguments) throws(PolicyError) -> any StageRule {
        let isAlert = arguments.word(mode) == "alert"
        let others =
            isAlert
            ? [target, proportion, rateWindow, interval, downWindow, least, zeroDuration]
            : InvocationAlertPolicy.parameters
        if let other = others.first(where: arguments.isGiven) {
            throw PolicyError(
                text: arguments.canonicalName,
                reason: "\(other.key) means nothing with mode=\(arguments.word(mode)); leave it out, "
                    + "or write mode=\(isAlert ? "rps" : "alert")")
        }
        return isAlert ? InvocationAlertPolicy(arguments) : RequestRatePolicy(arguments)
    }

    private init(_ arguments: PolicyArguments) {
        name = arguments.canonicalName
        targetValue = arguments.number(RequestRatePolicy.target) * arguments.number(RequestRatePolicy.proportion)
        rateWindow = arguments.number(RequestRatePolicy.rateWindow)
        interval = arguments.number(RequestRatePolicy.interval)
        downWindow = arguments.number(RequestRatePolicy.downWindow)
        least = arguments.whole(RequestRatePolicy.least)
        zeroDuration = arguments.number(RequestRatePolicy.zeroDuration)
    }

    mutating func begin(_ stage: Stage, of scenario: Scenario) {
        meanService = stage.service.mean
        rates = WindowHistory()
        recommendations.removeAll()
        hasCompleted = false
        lastActive = nil
        look = nil
    }

    mutating func desired(after metrics: WindowMetrics) -> Int {
        let isFirst = lastActive == nil
        if isFirst || metrics.tasksInSystem > 0 || metrics.arrivals > 0 { lastActive = metrics.time }
        if isFirst { recommendations.add(Double(metrics.current), at: metrics.time) }
        guard metrics.hasWindow, metrics.time.isFinite else { return metrics.current }
        rates.add(metrics.completionRate, seconds: metrics.windowSeconds, keeping: rateWindow)
        if metrics.completions > 0 { hasCompleted = true }

        if metrics.current <= 0 { return metrics.tasksInSystem > 0 ? least : 0 }
        // The formula multiplies by the ready pods: without one nothing completes, which says nothing about the need.
        if metrics.ready <= 0, metrics.tasksInSystem > 0 { return metrics.current }
        let number = interval > 0 ? (metrics.time / interval + 1e-9).rounded(.down) : .infinity
        // None at all does not last until the next look when a task comes.
        if let look, number.isFinite, look.number == number, look.wish > 0 || metrics.tasksInSystem <= 0 {
            return metrics.withoutScaleInWhenStale(look.wish)
        }
        let wish = wish(metrics)
        look = (number, wish)
        return metrics.withoutScaleInWhenStale(wish)
    }

    private mutating func wish(_ metrics: WindowMetrics) -> Int {
        if metrics.time - (lastActive ?? metrics.time) >= zeroDuration { return 0 }
        var recommendation = max(least, (load(metrics) / targetValue).roundedUpToWorkers)
        if !hasCompleted, metrics.tasksInSystem > 0 { recommendation = max(recommendation, metrics.current) }
        recommendations.add(Double(recommendation), at: metrics.time)
        recommendations.keep(after: metrics.time - downWindow)
        let highest = max(recommendation, (recommendations.maximum ?? 0).roundedUpToWorkers)
        return recommendation < metrics.current ? min(highest, metrics.current) : recommendation
    }

    /// Tasks a second.
    private func load(_ metrics: WindowMetrics) -> Double {
        let rate = rates.mean(over: rateWindow)
        guard rate <= 0, meanService > 0 else { return rate }
        return Double(max(metrics.running, 0)) / meanService
    }
}
