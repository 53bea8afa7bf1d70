import Farm

/// A Kubernetes HorizontalPodAutoscaler on utilisation, "Horizontal Pod Autoscaling", section "Algorithm details":
///
///     desired = ceil(ready · utilisation / target), unless |utilisation / target − 1| ≤ tolerance
///
/// followed by ``ScalingBehaviour``. Utilisation is the busy share of the workers' time in the last window.
///
/// Workers that are not ready, simplified: Kubernetes leaves pods that have not become ready, or whose CPU initialisation
/// period lasts, out of a scale-down, and counts them as idle for a scale-up; here those are the starting workers. When the
/// scale-up is gone or turned with them, the number stays. Missing metrics there are none.
///
/// An autoscaler never asks for fewer than one (`minReplicas`; none at all is a feature gate that is off).
///
/// Where no worker is ready Kubernetes has no metric and does nothing (kubernetes/kubernetes#64088). Here the workers then
/// count as fully busy if there are tasks, with as many workers as tasks at most.
struct UtilisationPolicy: StageRule {
    static let target = PolicyParameter(
        "target", .number(0.01...1), default: "0.8", "the busy share of the workers' time to keep",
        candidates: .values([0.4, 0.5, 0.6, 0.7, 0.8, 0.9]))
    static let tolerance = PolicyParameter(
        "tolerance", .number(0...1), default: "0.1", "relative distance from the target at which nothing is done",
        candidates: .values([0, 0.1]))
    static let description = PolicyDescription(
        "target-utilisation", "as many workers as bring their busy share to a target, the Kubernetes way",
        parameters: [target, tolerance] + ScalingBehaviour.parameters,
        needs: .utilisation,
        source: "Kubernetes documentation, Horizontal Pod Autoscaling (autoscaling/v2), and its replica calculator"
    ) { arguments throws(PolicyError) in UtilisationPolicy(arguments) }

    let name: String
    private let target: Double
    private let tolerance: Double
    private var behaviour: ScalingBehaviour

    init(_ arguments: PolicyArguments) {
        name = arguments.canonicalName
        target = arguments.number(UtilisationPolicy.target)
        tolerance = arguments.number(UtilisationPolicy.tolerance)
        behaviour = ScalingBehaviour(arguments)
    }

    mutating func begin(_ stage: Stage, of scenario: Scenario) { behaviour.begin() }

    mutating func desired(after metrics: WindowMetrics) -> Int {
        let recommendation = metrics.hasWindow ? recommendation(metrics) : metrics.current
        return metrics.withoutScaleInWhenStale(behaviour.follow(recommendation, metrics))
    }

    private func recommendation(_ metrics: WindowMetrics) -> Int {
        let current = metrics.current
        let ready = Double(metrics.ready)
        guard ready > 0 else {
            guard metrics.tasksInSystem > 0 else { return current }
            let full = max(Double(current), 1) / target
            return max(current, min(full, metrics.tasksInSystem).roundedUpToWorkers)
        }
        let ratio = metrics.stages.first.utilisation.finite(or: target) / target
        let counted = ratio > 1 ? ready + Double(max(metrics.starting, 0)) : ready
        let adjusted = ratio * ready / counted
        guard abs(adjusted - 1) > tolerance + 1e-9, (adjusted > 1) == (ratio > 1) else { return current }
        let proposal = (adjusted * counted).roundedUpToWorkers
        return ratio > 1 ? max(proposal, current) : max(proposal, 1)
    }
}
