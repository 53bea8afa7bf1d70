import Farm

/// What has been seen of a stage in an episode, as ``LookaheadPlanner`` wants it: what work takes, how tasks come inside of
/// windows, and when those workers were asked for that have not come yet.
///
///     var sight = StageSight(stage)
///     sight.learn(metrics)                                   // narrowed to the stage
///     let view = sight.view(metrics)
///
/// Metrics that no farm can have give some view.
struct StageSight: Sendable {
    private(set) var work: WorkEstimate
    private(set) var spread = ArrivalSpread()
    private var askedAt: [Double] = []

    /// Starting workers that are told apart at most.
    private static let mostStarting = 10_000

    init(_ stage: Stage) { work = WorkEstimate(stage.service) }

    /// A window has ended; nothing, where none has.
    mutating func learn(_ metrics: WindowMetrics) {
        guard metrics.hasWindow else { return }
        let stage = metrics.stages.first
        let recent = stage.recentArrivalRate.finite(or: 0) * metrics.windowSeconds / 3
        spread.learn(max(stage.arrivals, 0), recent: recent.finite(or: 0))
        if let mean = stage.serviceTimeMean { work.learn(mean: mean, of: stage.completions) }
    }

    /// What is seen at a decision, of which there is one after each window.
    mutating func view(_ metrics: WindowMetrics) -> LookaheadPlanner.View {
        let workers = metrics.stages.first.workers
        let starting = min(max(workers.starting, 0), StageSight.mostStarting)
        let now = metrics.time.finite(or: 0)
        // Those that have come are the oldest. Those that were not seen before were asked for at the last decision.
        askedAt = Array(askedAt.suffix(starting))
        let since = now - (metrics.hasWindow ? metrics.windowSeconds : 0)
        while askedAt.count < starting { askedAt.append(since) }
        var view = LookaheadPlanner.View()
        view.now = now
        view.waiting = max(metrics.queueLength, 0)
        view.oldestAge = metrics.oldestAge
        view.ready = max(workers.ready, 0)
        view.running = max(metrics.running, 0)
        if metrics.absences.contains(.running) {
            // By Little's law, as long as the workers keep up.
            let busy = (metrics.arrivalRate * work.mean).finite(or: 0)
            view.running = Int(min(max(busy.rounded(), 0), Double(view.ready)))
        }
        view.draining = max(workers.draining, 0)
        view.askedAt = askedAt
        return view
    }
}
