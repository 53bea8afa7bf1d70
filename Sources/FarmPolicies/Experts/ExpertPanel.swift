import Farm
import FarmModel
import Randomness

/// Policies that each steer a simulated farm of their own, on the tasks that came to the real one: what each would
/// have cost.
///
///     var panel = ExpertPanel(policies, stage, of: scenario)
///     panel.begin(metrics)                       // at the episode's beginning
///     panel.play(metrics, service)               // a window has ended
///     panel.outcomes[3].cost(miss: 1, worker: 0.03)
///
/// Nothing of the farms is known that an operator of the real one does not know: counts of the windows, service times
/// as they are measured, start-ups as long as they have been.
struct ExpertPanel: Sendable {
    /// Each as it stands in its own farm.
    private(set) var policies: [any FarmPolicy]
    /// What came of the last window, one an expert.
    private(set) var outcomes: [WindowOutcome]
    /// What each asks for in its farm for the coming window.
    private(set) var numbers: [Int]
    private var totals: [TaskTotals]
    private var changes: [Int]
    private var states: StageStates
    private var tape: RecordedTape
    private var now = 0.0
    private let scenario: Scenario

    /// Waiting tasks with which a farm is given up.
    private static let longestBacklog = 20_000

    init(_ policies: [any FarmPolicy], _ stage: Stage, of scenario: Scenario) {
        self.policies = policies
        self.scenario = scenario
        outcomes = Array(repeating: WindowOutcome(), count: policies.count)
        numbers = Array(repeating: 0, count: policies.count)
        totals = Array(repeating: TaskTotals(), count: policies.count)
        changes = Array(repeating: 0, count: policies.count)
        states = StageStates(stage, count: policies.count)
        tape = RecordedTape(stage, of: scenario, seed: 1)
    }

    /// All farms begin with as many workers as the real one has, and no task.
    mutating func begin(_ metrics: WindowMetrics) {
        now = metrics.time.finite(or: 0)
        for index in policies.indices {
            policies[index].begin(scenario)
            states.begin(index, workers: metrics.current)
            numbers[index] = policies[index].staffing(after: metrics).first
        }
    }

    /// Lets the window pass in each farm, and asks each policy what it wants then.
    mutating func play(_ metrics: WindowMetrics, _ service: ServiceEstimate) {
        let begin = now
        let end = begin + metrics.windowSeconds
        tape.add(metrics, from: begin, to: end, service)
        var delays = StartDelays([service.startUp])
        let (tasks, longestDeadline) = (tape.tasks, tape.longestDeadline)
        for index in policies.indices {
            changes[index] = states.ask(index, for: numbers[index], delays: &delays)
            outcomes[index] = tasks.withUnsafeBufferPointer { tasks in
                states.play(index, tasks, longestDeadline: longestDeadline, until: end)
            }
            let seen = window(index, metrics, service)
            numbers[index] = policies[index].staffing(after: seen).first
        }
        now = end
        forget()
    }

    /// The window as the expert's own farm shows it.
    private mutating func window(
        _ index: Int, _ real: WindowMetrics, _ service: ServiceEstimate
    ) -> WindowMetrics {
        let outcome = outcomes[index]
        var metrics = real
        metrics.notes = []
        metrics.isStale = false
        metrics.readyAge = 0
        metrics.met = outcome.met
        metrics.missed = outcome.missed
        metrics.lateSeconds = 0
        let done = Double(outcome.completions)
        metrics.responseTimeMean = outcome.completions > 0 ? outcome.responseSeconds / done : nil
        // The kernel keeps no longest one; exponential times have it near there.
        metrics.responseTimeMax = metrics.responseTimeMean.map { $0 * 3 }
        metrics.stages.first.queueLength = outcome.waiting
        metrics.stages.first.oldestAge = outcome.oldestWait
        metrics.stages.first.running = states.running(index)
        metrics.stages.first.collecting = 0
        metrics.stages.first.workers = states.workers(index)
        metrics.stages.first.workers.appliedDelta = changes[index]
        metrics.stages.first.workers.requestedDelta = changes[index]
        metrics.stages.first.workers.starts = max(changes[index], 0)
        metrics.stages.first.serviceTimeMean = outcome.completions > 0 ? outcome.serviceSeconds / done : nil
        metrics.stages.first.serviceTimeP95 = outcome.completions > 0 ? real.stages.first.serviceTimeP95 : nil
        metrics.stages.first.completions = outcome.completions
        metrics.stages.first.failures = 0
        metrics.stages.first.calls = CallCounts()
        let able = outcome.ableWorkerSeconds
        metrics.stages.first.utilisation = able > 0 ? min(max(outcome.busySeconds / able, 0), 1) : 0
        metrics.stages.first.paidWorkerSeconds = outcome.paidWorkerSeconds
        metrics.stages.first.readyWorkerSeconds = outcome.readyWorkerSeconds
        totals[index].emitted += outcome.arrivals
        totals[index].done += outcome.completions
        totals[index].queued = outcome.waiting
        totals[index].running = metrics.stages.first.running
        totals[index].met += outcome.met
        totals[index].missed += outcome.missed
        metrics.totals = totals[index]
        return metrics
    }

    /// Drops tasks that no farm needs any more. A farm that is very far behind goes on as the first one that is not.
    private mutating func forget() {
        guard tape.tasks.count > 2 * ExpertPanel.longestBacklog else { return }
        let isBehind = policies.indices.map { states.waiting($0) > ExpertPanel.longestBacklog }
        if let other = isBehind.firstIndex(of: false) {
            for index in policies.indices where isBehind[index] { states.copy(other, to: index) }
        }
        tape.removeFirst(states.forget(first: tape.tasks.count))
    }
}
