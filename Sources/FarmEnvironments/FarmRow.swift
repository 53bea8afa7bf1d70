import Farm
import Gymnasium
import Randomness

/// A row of ``FarmRows``: a farm, and its episode.
struct FarmRow {
    enum State {
        case new, running, over
    }

    let farm: any AsyncFarm
    var process: DecisionProcess
    private var view: FarmView
    var state = State.new
    var seeds = EpisodeSeeds()
    /// Of the last window.
    var records: [TaskRecord] = []
    /// Of the episode that the last step ended, in the mode `sameStep`.
    var finalInfo: [Value.Entry]?
    /// Why the farm could not begin the episode, which ends with its first window then.
    private(set) var breakage: FarmError?
    private var lastReward: Double?

    init(_ farm: any AsyncFarm, _ process: DecisionProcess, _ view: FarmView) {
        self.farm = farm
        self.process = process
        self.view = view
    }

    /// No episode is under way.
    mutating func reset() {
        state = .new
        records = []
    }

    mutating func begin(_ metrics: WindowMetrics) {
        process.begin(metrics)
        view.begin(metrics)
        (state, lastReward, breakage) = (.running, nil, nil)
    }

    /// Begins an episode in which the farm does nothing.
    mutating func begin(without error: FarmError) {
        var metrics = process.metrics.withoutEvents
        (metrics.time, metrics.step, metrics.totals) = (0, 0, TaskTotals())
        begin(metrics)
        breakage = error
    }

    /// The workers that the row's action asks for.
    ///
    /// - Parameter actions: of all rows.
    func staffing(for actions: UnsafeRawBufferPointer, at index: Int) -> Staffing {
        let width = process.scenario.stages.count * MemoryLayout<Int64>.stride
        let action = UnsafeRawBufferPointer(rebasing: actions[index * width..<(index + 1) * width])
        return process.staffing(for: process.actions(in: action))
    }

    /// Takes in a window; one of which nothing is known ends the episode, for that reason.
    ///
    /// - Parameter passed: nil where the farm could not begin the episode.
    mutating func take(_ passed: Result<FarmWindow, FarmError>?) -> DecisionProcess.Outcome {
        var window = FarmWindow(metrics: process.metrics.withoutEvents, records: [])
        switch passed {
        case .success(let known)?: window = known
        case .failure(let error)?: window.end = .broken(error.description)
        case nil: window.end = .broken(breakage?.description ?? "its farm was not asked")
        }
        breakage = nil
        let outcome = process.step(window.metrics, end: window.end)
        records = window.records
        lastReward = outcome.reward
        view.append(process.metrics)
        if outcome.isLast { state = .over }
        return outcome
    }

    /// Writes the observation, and the mask where there are any.
    func write(at index: Int, to buffers: RowBuffers, masks: Bool) {
        process.write(into: buffers.observation(at: index).assumingMemoryBound(to: Float.self))
        if masks { process.writeActionMask(to: buffers.actionMask(at: index)) }
    }

    /// nil before the first reset, and for a mode that there is not.
    func frame(mode: String) -> RenderedFrame? {
        state == .new ? nil : view.frame(mode: mode, of: process, reward: lastReward)
    }
}

extension WindowMetrics {
    /// The same state, known from before, after a window of which nothing is known.
    fileprivate var withoutEvents: WindowMetrics {
        var metrics = WindowMetrics()
        metrics.time = time
        metrics.step = step + 1
        metrics.stages = stages.map { known in
            var stage = StageMetrics()
            (stage.queueLength, stage.oldestAge, stage.running) = (known.queueLength, known.oldestAge, known.running)
            stage.workers = known.workers
            (stage.workers.appliedDelta, stage.workers.requestedDelta, stage.workers.starts) = (0, 0, 0)
            return stage
        }
        metrics.readyAge = readyAge
        metrics.isStale = true
        metrics.totals = totals
        metrics.phasesToCome = phasesToCome
        return metrics
    }
}
