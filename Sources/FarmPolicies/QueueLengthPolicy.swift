import Farm

/// KEDA on the length of a queue ("Scaling Deployments", "ScaledObject specification"; the HorizontalPodAutoscaler that
/// KEDA makes for it has an external metric of the type AverageValue):
///
///     desired = ceil(tasks / target), unless |tasks / (target · current) − 1| ≤ tolerance
///
/// followed by ``ScalingBehaviour``. With the usual tolerance of 0.1 the number can stay one short from ten workers on, and two
/// from twenty on (kubernetes/kubernetes#116984, kedacore/keda#7900); 0 gets there. The metric is the tasks that wait **and** those that run, at the window's end: a worker
/// holds one task at a time, and a queue alone would be 0 with every worker busy.
///
/// Between 0 and 1 worker KEDA itself decides, where the scenario's bounds allow 0: 0 becomes 1 when there are more tasks
/// than `activation`; 1 becomes 0 when there have not been for `cooldown` seconds. KEDA takes any number of workers to 0
/// then (kedacore/keda#7204, #7770). Here the last one goes alone, the others before it by the behaviour's limits.
struct QueueLengthPolicy: StageRule {
    static let target = PolicyParameter(
        "target", .number(0.01...1_000_000), default: "1", "tasks a worker, waiting and running",
        candidates: .values([0.5, 0.7, 0.8, 0.9, 1, 1.5]))
    static let activation = PolicyParameter(
        "activation", .number(0...1_000_000), default: "0", "tasks above which the first worker is worth starting")
    static let cooldown = PolicyParameter(
        "cooldown", .number(0...86_400), default: "300", "seconds without activation before the last worker goes")
    static let description = PolicyDescription(
        "queue-length", "as many workers as keep the tasks a worker at a target, the KEDA way",
        parameters: [target, activation, cooldown, UtilisationPolicy.tolerance] + ScalingBehaviour.parameters,
        needs: [.queue, .running],
        source: "KEDA documentation, Scaling Deployments; Kubernetes replica calculator, external metrics per pod"
    ) { arguments throws(PolicyError) in QueueLengthPolicy(arguments) }

    let name: String
    private let target: Double
    private let activation: Double
    private let cooldown: Double
    private let tolerance: Double
    private var behaviour: ScalingBehaviour
    /// When there were last more tasks than `activation`; at first the episode's beginning.
    private var lastActive: Double?

    init(_ arguments: PolicyArguments) {
        name = arguments.canonicalName
        target = arguments.number(QueueLengthPolicy.target)
        activation = arguments.number(QueueLengthPolicy.activation)
        cooldown = arguments.number(QueueLengthPolicy.cooldown)
        tolerance = arguments.number(UtilisationPolicy.tolerance)
        behaviour = ScalingBehaviour(arguments)
    }

    mutating func begin(_ stage: Stage, of scenario: Scenario) {
        behaviour.begin()
        lastActive = nil
    }

    mutating func desired(after metrics: WindowMetrics) -> Int {
        let tasks = metrics.tasksInSystem
        let current = metrics.current
        let isActive = tasks > activation
        if isActive || lastActive == nil { lastActive = metrics.time }

        // The autoscaler never asks for less than one; what follows decides about that one.
        let recommendation = metrics.hasWindow ? max(1, recommendation(tasks, current)) : current
        let followed = behaviour.follow(recommendation, metrics)
        let proposal: Int
        if current <= 0 {
            proposal = isActive ? 1 : 0
        } else if current == 1, !isActive, metrics.time - (lastActive ?? metrics.time) >= cooldown, metrics.hasWindow {
            proposal = 0
        } else {
            proposal = followed
        }
        return metrics.withoutScaleInWhenStale(proposal)
    }

    private func recommendation(_ tasks: Double, _ current: Int) -> Int {
        let proposal = tasks / target
        if current > 0, abs(proposal / Double(current) - 1) <= tolerance + 1e-9 { return current }
        return proposal.roundedUpToWorkers
    }
}
