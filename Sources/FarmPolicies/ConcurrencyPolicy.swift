import Farm

/// The Knative Pod Autoscaler on concurrency ("Additional autoscaling configuration for Knative Pod Autoscaler";
/// `pkg/autoscaler/scaling/autoscaler.go` of knative/serving):
///
///     wanted = ceil(mean concurrency / (target · utilisation)), within floor(ready / down-rate) … ceil(up-rate · ready)
///
/// once over the stable window and once over the panic window. When the panic one reaches `panic-threshold` per cent of the
/// ready workers, panic begins or goes on: the larger of the two counts, and the number never falls. It ends when the
/// threshold was last reached longer than a stable window ago. An episode with more than one ready worker begins in panic,
/// as a restarted autoscaler does (knative/serving#4795).
///
/// Concurrency is the tasks that wait and run at a window's end, which stand for the whole window; means are weighted by
/// the windows' lengths. A stable or panic window shorter than a step is the last step. Ready counts as 1 when it is 0.
///
/// The last worker goes when there has been no task for a stable window, the episode's beginning counting as one
/// (`handleScaleToZero` in `pkg/reconciler/autoscaling/kpa/scaler.go`).
struct ConcurrencyPolicy: StageRule {
    static let target = PolicyParameter(
        "target", .number(0.01...1_000_000), default: "1", "tasks that a worker is made for at a time")
    static let utilisation = PolicyParameter(
        "utilisation", .number(0.01...1), default: "0.7", "the share of the target to keep",
        candidates: .values([0.4, 0.5, 0.6, 0.7, 0.8, 0.9]))
    static let window = PolicyParameter(
        "window", .number(1...3_600), default: "60", "the stable window in seconds",
        candidates: .values([15, 30, 60, 120]))
    static let panicWindow = PolicyParameter(
        "panic-window", .number(1...100), default: "10", "the panic window in per cent of the stable one")
    static let panicThreshold = PolicyParameter(
        "panic-threshold", .number(110...1_000), default: "200",
        "wanted workers at which panic begins, in per cent of the ready ones", candidates: .values([150, 200]))
    static let upRate = PolicyParameter(
        "up-rate", .number(1.01...1_000_000), default: "1000", "the most workers wanted, times the ready ones")
    static let downRate = PolicyParameter(
        "down-rate", .number(1.01...1_000_000), default: "2", "the fewest workers wanted, the ready ones over this")
    static let description = PolicyDescription(
        "concurrency", "as many workers as keep the mean tasks a worker at a target, the Knative way",
        parameters: [target, utilisation, window, panicWindow, panicThreshold, upRate, downRate],
        needs: [.queue, .running],
        source: "Knative documentation, Knative Pod Autoscaler; knative/serving, pkg/autoscaler/scaling"
    ) { arguments throws(PolicyError) in ConcurrencyPolicy(arguments) }

    let name: String
    private let targetValue: Double
    private let window: Double
    private let panicWindow: Double
    private let panicThreshold: Double
    private let upRate: Double
    private let downRate: Double
    private var concurrency = WindowHistory()
    /// When the threshold was last reached; nil outside of panic.
    private var panicTime: Double?
    private var mostInPanic = 0
    private var isFirst = true
    /// When there was last a task; at first the episode's beginning.
    private var lastActive: Double?

    init(_ arguments: PolicyArguments) {
        name = arguments.canonicalName
        targetValue = arguments.number(ConcurrencyPolicy.target) * arguments.number(ConcurrencyPolicy.utilisation)
        window = arguments.number(ConcurrencyPolicy.window)
        panicWindow = window * arguments.number(ConcurrencyPolicy.panicWindow) / 100
        panicThreshold = arguments.number(ConcurrencyPolicy.panicThreshold) / 100
        upRate = arguments.number(ConcurrencyPolicy.upRate)
        downRate = arguments.number(ConcurrencyPolicy.downRate)
    }

    mutating func begin(_ stage: Stage, of scenario: Scenario) {
        concurrency = WindowHistory()
        panicTime = nil
        mostInPanic = 0
        isFirst = true
        lastActive = nil
    }

    mutating func desired(after metrics: WindowMetrics) -> Int {
        if isFirst, metrics.ready > 1 {
            panicTime = metrics.time
            mostInPanic = metrics.ready
        }
        isFirst = false
        if lastActive == nil || metrics.tasksInSystem > 0 { lastActive = metrics.time }
        guard metrics.hasWindow, metrics.time.isFinite else { return metrics.current }
        concurrency.add(metrics.tasksInSystem, seconds: metrics.windowSeconds, keeping: window)

        let ready = Double(max(1, metrics.ready))
        let stable = (concurrency.mean(over: window) / targetValue).rounded(.up)
        let panic = (concurrency.mean(over: panicWindow) / targetValue).rounded(.up)
        if panic / ready >= panicThreshold {
            panicTime = metrics.time
        } else if let began = panicTime, began + window < metrics.time {
            panicTime = nil
            mostInPanic = 0
        }
        var wanted = limited(stable, ready)
        if panicTime != nil {
            mostInPanic = max(mostInPanic, wanted, limited(panic, ready))
            wanted = mostInPanic
        }
        if metrics.current > 0, metrics.time - (lastActive ?? metrics.time) < window { wanted = max(wanted, 1) }
        return metrics.withoutScaleInWhenStale(wanted)
    }

    private func limited(_ workers: Double, _ ready: Double) -> Int {
        min(max(workers, (ready / downRate).rounded(.down)), (upRate * ready).rounded(.up)).roundedUpToWorkers
    }
}
