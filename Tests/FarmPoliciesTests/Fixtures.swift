import Farm
import FarmPolicies

extension Scenario {
    /// Steps of 5 s, service times and deadlines constant.
    static func plain(
        workers: WorkerBounds, service: Double = 1, startUp: Double = 0, step: Double = 5, steps: Int = 200
    ) -> Scenario {
        Scenario(
            name: "plain", arrivals: .phases([.init(name: "all", seconds: step * Double(steps), rate: .constant(1))]),
            service: ServiceTime(.constant(service)), deadline: DeadlineRule(factor: 2, min: 0, max: 1_000),
            workers: workers, startUp: StartUpDelay(mean: startUp), stepSeconds: step, steps: steps)
    }
}

extension WindowMetrics {
    /// The end of a window of 5 s with `workers` ready and asked for.
    static func window(workers: Int, at time: Double = 5, _ change: (inout WindowMetrics) -> Void = { _ in }) -> Self {
        var metrics = WindowMetrics()
        metrics.time = time
        metrics.windowSeconds = 5
        metrics.step = Int(time / 5)
        metrics.stages.first.workers.ready = workers
        metrics.stages.first.workers.desired = workers
        change(&metrics)
        return metrics
    }
}

/// A policy that has begun an episode, and its decisions on windows.
func decisions(_ text: String, in scenario: Scenario, on windows: [WindowMetrics]) throws -> [Int] {
    var policy = try PolicyCatalogue.policy(text)
    policy.begin(scenario)
    return windows.map { policy.staffing(after: $0).first }
}
