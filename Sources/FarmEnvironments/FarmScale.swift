public import Farm

/// What observations and rewards of a scenario are measured against. All values are finite and positive where they divide.
public struct FarmScale: Sendable, Hashable {
    public let workers: WorkerBounds
    /// In seconds, at least a nanosecond.
    public let meanDeadline: Double
    /// Length of an episode in seconds.
    public let horizon: Double
    /// Tasks that a window of the scenario's step length brings on average.
    public let tasksPerStep: Double
    /// Tasks that a whole episode brings on average, rounded.
    public let tasksPerEpisode: Double

    public init(_ scenario: Scenario) {
        workers = scenario.workers
        meanDeadline = FarmScale.positive(scenario.meanDeadline)
        horizon = FarmScale.positive(scenario.horizon)
        tasksPerStep = FarmScale.positive(scenario.referenceRate * scenario.stepSeconds)
        tasksPerEpisode = (scenario.referenceRate * scenario.horizon).rounded()
    }

    private static func positive(_ value: Double) -> Double {
        value.isFinite ? max(value, 1e-9) : .greatestFiniteMagnitude
    }
}
