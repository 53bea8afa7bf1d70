/// Where a run's metrics go: TensorBoard's file, a CSV table, or both, under CleanRL's names.
///
/// `charts/episodic_return` and `charts/episodic_length` at the step where the episode ended, `charts/SPS` (environment
/// steps a second since the run began), `charts/mean_NAME` of the results of a round's episodes (of farms, QoS for example),
/// and whatever the algorithm reports.
public final class MetricsLog {
    private let events: EventFile?
    private let table: MetricsTable?
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private let firstStep: Int

    /// - Parameter firstStep: steps done before this run, of a resumed agent.
    public init(events: EventFile?, table: MetricsTable?, firstStep: Int = 0) {
        self.events = events
        self.table = table
        self.firstStep = firstStep
        start = clock.now
    }

    /// Notes the run's settings, as CleanRL does: a table of names and values.
    public func settings(_ entries: [(name: String, value: String)]) {
        let rows = entries.map { "|\($0.name)|\($0.value)|" }
        events?.text("hyperparameters", (["|param|value|", "|-|-|"] + rows).joined(separator: "\n"), step: 0)
    }

    /// Notes a round and writes it.
    public func add(_ progress: TrainingProgress) throws(LearningError) {
        for episode in progress.episodes {
            add("charts/episodic_return", episode.episodicReturn, episode.step)
            add("charts/episodic_length", Double(episode.length), episode.step)
        }
        for metric in progress.meanResults { add("charts/mean_\(metric.name)", metric.value, progress.step) }
        for metric in progress.metrics { add(metric.name, metric.value, progress.step) }
        let seconds = (clock.now - start) / .seconds(1)
        if seconds > 0 { add("charts/SPS", Double(progress.step - firstStep) / seconds, progress.step) }
        try events?.flush()
        try table?.flush()
    }

    private func add(_ name: String, _ value: Double, _ step: Int) {
        events?.scalar(name, value, step: step)
        table?.add(name, value, step: step)
    }
}
