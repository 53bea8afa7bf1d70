import Farm

/// What a task's work takes, and how long a worker takes to start: the scenario's word at first, then what is measured.
struct ServiceEstimate: Sendable {
    /// Seconds, above 0.
    private(set) var mean: Double
    /// Variance over squared mean.
    private(set) var squaredVariation = 0.5
    /// From asking for a worker until it is ready, in seconds.
    private(set) var startUp: Double
    /// Tasks that the mean stands for; it forgets what is older than `memory` tasks.
    private var weight = ServiceEstimate.priorTasks
    /// A start's spell: worker-seconds of starting, and workers that began, since none was starting.
    private var spell: (seconds: Double, starts: Int)?

    /// Tasks that the scenario's word counts for, and after which measured ones are forgotten.
    private static let priorTasks = 10.0
    private static let memory = 200.0

    init(_ stage: Stage) {
        mean = max(stage.service.mean.finite(or: 1), 1e-6)
        startUp = max(stage.startUp.mean.finite(or: 0), 0)
    }

    mutating func add(_ metrics: WindowMetrics) {
        addService(metrics)
        addStartUp(metrics)
    }

    private mutating func addService(_ metrics: WindowMetrics) {
        let stage = metrics.stages.first
        guard let measured = stage.serviceTimeMean, measured > 0, measured.isFinite else { return }
        let tasks = max(Double(stage.completions), 1)
        weight = min(weight, ServiceEstimate.memory)
        mean += (measured - mean) * tasks / (weight + tasks)
        weight += tasks
        guard tasks >= 20, let high = stage.serviceTimeP95, high.isFinite else { return }
        // The 95th percentile lies 1.65 standard deviations above the mean of a normal distribution, 1.9 of a
        // log-normal one, 2 of an exponential one.
        let variation = max(high / measured - 1, 0) / 1.9
        squaredVariation += 0.1 * (min(variation * variation, 9) - squaredVariation)
    }

    /// Between two moments at which no worker starts or drains, the paid time beyond the ready one is what starts took.
    private mutating func addStartUp(_ metrics: WindowMetrics) {
        let workers = metrics.stages.first.workers
        let seconds = metrics.stages.first.paidWorkerSeconds - metrics.stages.first.readyWorkerSeconds
        if workers.starts > 0, spell == nil, workers.appliedDelta > 0 { spell = (0, 0) }
        guard var spell else { return }
        self.spell = nil
        guard workers.draining == 0, workers.appliedDelta >= 0, seconds.isFinite, seconds >= 0 else { return }
        spell.seconds += seconds
        spell.starts = spell.starts &+ max(workers.starts, 0)
        if workers.starting > 0 {
            self.spell = spell
        } else if spell.starts > 0 {
            startUp += 0.3 * (spell.seconds / Double(spell.starts) - startUp)
        }
    }
}
