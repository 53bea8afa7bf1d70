import Farm

/// The OpenFaaS Community Edition's rule, ``RequestRatePolicy`` with `mode=alert` (`APIHighInvocationRate` in
/// `prometheus/alert.rules.yml`, `CalculateReplicas` in `gateway/handlers/alerthandler.go` of openfaas/faas).
///
/// While more than `threshold` requests a second complete, each alert adds `factor` per cent of the most workers, rounded up;
/// when it is resolved, the number is the least, which is one at least (`com.openfaas.scale.min`). Alertmanager repeats a
/// firing alert every `repeat` seconds. The rate is the last window's, where Prometheus takes 10 s; the alert fires at once,
/// where Prometheus waits for 5 s. Nothing takes the last worker away; where a scenario begins without one, the first task
/// brings it.
struct InvocationAlertPolicy: StageRule {
    static let threshold = PolicyParameter(
        "threshold", .number(0...1_000_000), default: "5", "tasks a second above which the alert fires")
    static let factor = PolicyParameter(
        "factor", .number(0...100), default: "20", "workers that an alert adds, in per cent of the most")
    static let `repeat` = PolicyParameter(
        "repeat", .number(0...86_400), default: "30", "seconds between two alerts while it fires")
    static let parameters = [threshold, factor, `repeat`]

    let name: String
    private let threshold: Double
    private let factor: Double
    private let interval: Double
    private var bounds = WorkerBounds(min: 0, max: 0, initial: 0)
    private var isFiring = false
    private var lastAlert = 0.0

    init(_ arguments: PolicyArguments) {
        name = arguments.canonicalName
        threshold = arguments.number(InvocationAlertPolicy.threshold)
        factor = arguments.number(InvocationAlertPolicy.factor)
        interval = arguments.number(InvocationAlertPolicy.repeat)
    }

    mutating func begin(_ stage: Stage, of scenario: Scenario) {
        bounds = stage.workers
        isFiring = false
        lastAlert = 0
    }

    mutating func desired(after metrics: WindowMetrics) -> Int {
        guard metrics.hasWindow else { return metrics.current }
        let least = max(bounds.min, 1)
        if metrics.current <= 0 { return metrics.tasksInSystem > 0 ? least : 0 }
        guard metrics.completionRate > threshold else {
            defer { isFiring = false }
            return isFiring ? least : metrics.current
        }
        if isFiring, metrics.time - lastAlert < interval - 1e-9 { return metrics.current }
        isFiring = true
        lastAlert = metrics.time
        let step = (Double(bounds.max) / 100 * factor).roundedUpToWorkers
        // An alert without a step is read as a resolved one.
        return step == 0 ? least : min(metrics.desired(changedBy: step), bounds.max)
    }
}
