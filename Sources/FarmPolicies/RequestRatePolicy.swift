import Farm

/// OpenFaaS on requests a second ("Auto-scaling your functions").
///
/// `mode=rps` is the OpenFaaS Pro autoscaler with `com.openfaas.scale.type=rps`:
///
///     desired = ceil(completed requests a second / (target · proportion))
///
/// whose scale-down goes to the highest recommendation of the last `down-window` seconds
/// (`com.openfaas.scale.down.window`, off by default).
///
/// `mode=alert` is the Community Edition's rule (`APIHighInvocationRate` in `prometheus/alert.rules.yml`, `CalculateReplicas`
/// in `gateway/handlers/alerthandler.go`): while more than `threshold` requests a second complete, each alert adds `factor`
/// per cent of the most workers, rounded up; when it is resolved, the number is the least. Alertmanager repeats a firing
/// alert every `repeat` seconds. The rate is the last window's, where Prometheus takes 10 s; the alert fires at once, where
/// Prometheus waits for 5 s.
struct RequestRatePolicy: FarmPolicy {
    static let target = PolicyParameter(
        "target", .number(0.0001...1_000_000), default: "50", "tasks a second that a worker is made for",
        candidates: .serviceRates([0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1]))
    static let proportion = PolicyParameter(
        "proportion", .number(0.01...1), default: "0.9", "the share of the target to keep")
    static let downWindow = PolicyParameter(
        "down-window", .number(0...300), default: "0", "seconds for which a need keeps workers from going",
        candidates: .values([0, 15, 30, 60, 120, 300]))
    static let mode = PolicyParameter(
        "mode", .choice(["rps", "alert"]), default: "rps", "the Pro autoscaler, or the Community Edition's alert")
    static let threshold = PolicyParameter(
        "threshold", .number(0...1_000_000), default: "5", "tasks a second above which the alert fires")
    static let factor = PolicyParameter(
        "factor", .number(0...100), default: "20", "workers that an alert adds, in per cent of the most")
    static let `repeat` = PolicyParameter(
        "repeat", .number(0...86_400), default: "30", "seconds between two alerts while it fires")
    static let description = PolicyDescription(
        "openfaas-rps", "as many workers as keep the tasks a second and worker at a target, the OpenFaaS way",
        parameters: [target, proportion, downWindow, mode, threshold, factor, `repeat`],
        source: "OpenFaaS documentation, Auto-scaling your functions; openfaas/faas, gateway/handlers/alerthandler.go"
    ) { arguments throws(PolicyError) in try RequestRatePolicy.make(arguments) }

    let name: String
    private let targetValue: Double
    private let downWindow: Double
    private var recommendations = SlidingWindow()

    private static func make(_ arguments: PolicyArguments) throws(PolicyError) -> any FarmPolicy {
        let isAlert = arguments.word(mode) == "alert"
        let others = isAlert ? [target, proportion, downWindow] : [threshold, factor, `repeat`]
        if let other = others.first(where: arguments.isGiven) {
            throw PolicyError(
                text: arguments.canonicalName,
                reason: "\(other.key) means nothing with mode=\(arguments.word(mode)); leave it out, "
                    + "or write mode=\(isAlert ? "rps" : "alert")")
        }
        guard isAlert else { return RequestRatePolicy(arguments) }
        return InvocationAlertPolicy(
            name: arguments.canonicalName, threshold: arguments.number(threshold), factor: arguments.number(factor),
            interval: arguments.number(`repeat`))
    }

    private init(_ arguments: PolicyArguments) {
        name = arguments.canonicalName
        targetValue = arguments.number(RequestRatePolicy.target) * arguments.number(RequestRatePolicy.proportion)
        downWindow = arguments.number(RequestRatePolicy.downWindow)
    }

    mutating func begin(_ scenario: Scenario) { recommendations.removeAll() }

    mutating func desired(after metrics: WindowMetrics) -> Int {
        guard metrics.hasWindow else { return metrics.current }
        // The formula multiplies by the ready pods: without one nothing completes, which says nothing about the need.
        if metrics.ready <= 0, metrics.tasksInSystem > 0 { return metrics.current }
        let recommendation = (metrics.completionRate / targetValue).roundedUpToWorkers
        recommendations.add(Double(recommendation), at: metrics.time)
        recommendations.keep(after: metrics.time - downWindow)
        let highest = max(recommendation, Int(recommendations.maximum ?? 0))
        let proposal = recommendation < metrics.current ? min(highest, metrics.current) : recommendation
        return metrics.withoutScaleInWhenStale(proposal)
    }
}

/// The Community Edition's rule, which ``RequestRatePolicy`` documents.
private struct InvocationAlertPolicy: FarmPolicy {
    let name: String
    let threshold: Double
    let factor: Double
    let interval: Double
    private var bounds = WorkerBounds(min: 0, max: 0, initial: 0)
    private var isFiring = false
    private var lastAlert = 0.0

    init(name: String, threshold: Double, factor: Double, interval: Double) {
        self.name = name
        self.threshold = threshold
        self.factor = factor
        self.interval = interval
    }

    mutating func begin(_ scenario: Scenario) {
        bounds = scenario.workers
        isFiring = false
        lastAlert = 0
    }

    mutating func desired(after metrics: WindowMetrics) -> Int {
        guard metrics.hasWindow else { return metrics.current }
        guard metrics.completionRate > threshold else {
            defer { isFiring = false }
            return isFiring ? bounds.min : metrics.current
        }
        if isFiring, metrics.time - lastAlert < interval - 1e-9 { return metrics.current }
        isFiring = true
        lastAlert = metrics.time
        let step = (Double(bounds.max) / 100 * factor).roundedUpToWorkers
        // An alert without a step is read as a resolved one.
        return step == 0 ? bounds.min : min(metrics.desired(changedBy: step), bounds.max)
    }
}

extension WindowMetrics {
    /// Tasks a second that were done in the window.
    fileprivate var completionRate: Double { hasWindow ? (Double(completions) / windowSeconds).finite(or: 0) : 0 }
}
