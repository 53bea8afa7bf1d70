/// What does a part of a task's work: a service time, and workers of its own. A task passes the stages one after the other.
public struct Stage: Sendable, Hashable {
    /// Lower-case letters, digits and hyphens; empty for the only stage of a farm that nobody named.
    public var name: String
    public var service: ServiceTime
    public var workers: WorkerBounds
    public var startUp: StartUpDelay
    /// The part of a task's deadline that it may spend here, above 0; those of all stages come to 1 at most.
    public var deadlineShare: Double

    public init(
        name: String = "", service: ServiceTime, workers: WorkerBounds, startUp: StartUpDelay = StartUpDelay(mean: 0),
        deadlineShare: Double = 1
    ) {
        self.name = name
        self.service = service
        self.workers = workers
        self.startUp = startUp
        self.deadlineShare = deadlineShare
    }
}

extension Scenario {
    /// - Throws: `unsupported` for a pipeline: a scenario of several stages can be written down, and not yet be run.
    public func checkThatItRuns() throws(FarmError) {
        guard stages.count > 1 else { return }
        throw FarmError(.unsupported(argument: "scenario"), pipelineRefusal)
    }

    /// Why a scenario of several stages is not run.
    public var pipelineRefusal: String {
        "the scenario has \(stages.count) stages, and pipelines are not offered yet: farms run scenarios of one stage; "
            + "put service, workers and start_up in the place of stages"
    }
}
