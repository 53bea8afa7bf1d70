import Farm
import FarmPolicies

/// A farm without chance for policies to steer: tasks come evenly at a rate, all take the scenario's mean service time,
/// and workers are ready after its mean start-up delay. Time goes in ticks of a hundredth of a step.
struct QueueModel {
    let scenario: Scenario
    /// Tasks a second at a time.
    let rate: (Double) -> Double
    private var metrics = WindowMetrics()
    private var credit = 0.0
    /// Generation times.
    private var queue: [Double] = []
    private var running: [(end: Double, generated: Double)] = []
    private var ready: Int
    private var readyTimes: [Double] = []

    init(_ scenario: Scenario, rate: @escaping (Double) -> Double) {
        self.scenario = scenario
        self.rate = rate
        ready = scenario.workers.initial
        metrics.stages.first.workers.ready = ready
        metrics.stages.first.workers.desired = ready
    }

    /// What the policy saw: the metrics at time 0 and after each window but the last, and then those of the last.
    static func run(
        _ policy: String, _ scenario: Scenario, rate: @escaping (Double) -> Double
    ) throws -> [WindowMetrics] {
        var policy = try PolicyCatalogue.policy(policy)
        var model = QueueModel(scenario, rate: rate)
        policy.begin(scenario)
        var seen = [model.metrics]
        for _ in 0..<scenario.steps {
            model.advance(desired: policy.staffing(after: model.metrics).first)
            seen.append(model.metrics)
        }
        return seen
    }

    private mutating func advance(desired requested: Int) {
        let begin = metrics.time
        scale(to: scenario.workers.clamp(requested))
        var window = WindowMetrics()
        var responses: [Double] = []
        var busy = 0.0
        var paid = 0.0
        let tick = scenario.stepSeconds / 100
        for index in 1...100 {
            let now = begin + Double(index) * tick
            ready += readyTimes.count { $0 <= now }
            readyTimes.removeAll { $0 <= now }
            for task in running where task.end <= now { responses.append(task.end - task.generated) }
            running.removeAll { $0.end <= now }
            credit += rate(now) * tick
            while credit >= 1 - 1e-9 {
                credit -= 1
                queue.append(now)
                window.stages.first.arrivals += 1
            }
            while running.count < ready, !queue.isEmpty {
                running.append((now + scenario.stages.first.service.mean, queue.removeFirst()))
            }
            busy += Double(running.count)
            paid += Double(max(ready, running.count))
        }
        window.time = begin + scenario.stepSeconds
        window.windowSeconds = scenario.stepSeconds
        window.step = metrics.step + 1
        window.stages.first.queueLength = queue.count
        window.stages.first.running = running.count
        window.stages.first.workers.ready = ready
        window.stages.first.workers.starting = readyTimes.count
        window.stages.first.workers.draining = max(0, running.count - ready)
        window.stages.first.workers.desired = metrics.desired
        window.stages.first.arrivalRate = Double(window.arrivals) / scenario.stepSeconds
        window.stages.first.completions = responses.count
        window.met = responses.count { $0 <= scenario.meanDeadline }
        window.missed = responses.count - window.met
        window.responseTimeMean = responses.isEmpty ? nil : responses.reduce(0, +) / Double(responses.count)
        window.responseTimeMax = responses.max()
        window.stages.first.utilisation = paid > 0 ? busy / paid : 0
        window.totals.emitted = metrics.totals.emitted + window.arrivals
        window.totals.done = metrics.totals.done + window.completions
        window.totals.queued = window.queueLength
        window.totals.running = window.running
        metrics = window
    }

    /// Starts workers, or takes away starting ones and then ready ones.
    private mutating func scale(to count: Int) {
        var change = count - metrics.desired
        metrics.stages.first.workers.desired = count
        while change > 0 {
            readyTimes.append(metrics.time + scenario.stages.first.startUp.mean)
            change -= 1
        }
        while change < 0 {
            if readyTimes.isEmpty { ready -= 1 } else { readyTimes.removeLast() }
            change += 1
        }
    }
}
