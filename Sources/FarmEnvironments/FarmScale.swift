public import Farm

/// What observations and rewards of a scenario are measured against. All values are finite and positive where they divide.
public struct FarmScale: Sendable, Hashable {
    /// Of the stage.
    public let workers: WorkerBounds
    /// In seconds, at least a nanosecond.
    public let meanDeadline: Double
    /// Length of an episode in seconds.
    public let horizon: Double
    /// Tasks that a window of the scenario's step length brings on average; 1 where all tasks come from outside.
    public let tasksPerStep: Double
    /// Tasks that a whole episode brings on average, rounded.
    public let tasksPerEpisode: Double
    /// Length of a window in seconds, at least a nanosecond.
    public let stepSeconds: Double
    /// Mean work of a task in the stage, in seconds, at least a nanosecond.
    public let meanService: Double
    /// Mean start of a worker of the stage, in seconds.
    public let startUp: Double
    /// What an episode under way costs simple rules a step, where a reward is measured against that: see ``RuleCost``.
    var ruleCost = 1.0
    /// Whether the scenario brings less than a task an episode, so that what there is to do comes from outside.
    public let isOfOwnTraffic: Bool

    public init(_ scenario: Scenario, stage: Int = 0) {
        workers = scenario.stages[stage].workers
        meanDeadline = FarmScale.positive(scenario.meanDeadline)
        horizon = FarmScale.positive(scenario.horizon)
        stepSeconds = FarmScale.positive(scenario.stepSeconds)
        meanService = FarmScale.positive(scenario.stages[stage].service.mean)
        startUp = max(0, scenario.stages[stage].startUp.mean)
        let tasks = scenario.referenceRate * scenario.horizon
        isOfOwnTraffic = tasks.rounded() < 1
        tasksPerStep = isOfOwnTraffic ? 1 : FarmScale.positive(scenario.referenceRate * scenario.stepSeconds)
        tasksPerEpisode = tasks.rounded()
    }

    /// Tasks of a step, that a reward is divided by: the scenario's average; of tasks from outside those that came, averaged
    /// over the episode so far, and at least one a step.
    func tasksPerStep(_ metrics: WindowMetrics) -> Double {
        guard isOfOwnTraffic else { return tasksPerStep }
        return max(1, Double(max(metrics.totals.emitted, 0)) / Double(max(metrics.step, 1)))
    }

    /// Tasks of an episode: the scenario's average; of tasks from outside those that came.
    func tasksPerEpisode(_ metrics: WindowMetrics) -> Double {
        isOfOwnTraffic ? Double(max(metrics.totals.emitted, 0)) : tasksPerEpisode
    }

    /// Worker-seconds of work that a step brings on average.
    var workPerStep: Double { tasksPerStep * meanService }

    private static func positive(_ value: Double) -> Double {
        value.isFinite ? max(value, 1e-9) : .greatestFiniteMagnitude
    }
}
