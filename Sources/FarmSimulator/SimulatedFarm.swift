public import Farm
public import Randomness

/// A farm as a discrete-event simulation: no clock, no sockets, and the same contract as a live one.
///
/// Its course follows from scenario, seed and actions alone, to the last bit. Arrivals, service times, start-up delays and
/// faults have random streams of their own (``EpisodeStream``), so two policies with one seed meet the same tasks. Cost
/// grows linearly with tasks, and memory with the tasks that wait, not with those that have passed.
///
///     let farm = SimulatedFarm(try Scenario.preset("shuffled"))
///     farm.reset(seed: Seed(1))
///     while farm.end == nil { farm.advance(Staffing(12)) }
///     print(farm.metrics.totals)
public final class SimulatedFarm: Farm {
    public let scenario: Scenario
    /// Of the calls without metrics of the caller's: those at the end of the last window, or at the episode's beginning.
    public private(set) var metrics = WindowMetrics()
    /// Of the same calls: why the episode is over; nil while it is not.
    public private(set) var end: FarmEnd?
    // That calls come one at a time is the contract; checking it would cost a good part of a window's time.
    @exclusivity(unchecked) private var engine: Engine
    @exclusivity(unchecked) private var step = 0
    /// Times of the tasks that came while a step waited for its scaling. When the window ends is known only then.
    private var arrivalsWhileScaling: [Double] = []
    /// Why windows of the scenario do not pass.
    private let refusal: String?

    /// A farm of one stage. Where the scenario has more, ``Scenario/checkThatItRuns()`` says why none of its windows passes.
    ///
    /// - Parameter keepsResponseTimes: whether ``responseTime(quantile:)`` is to be asked for.
    public init(_ scenario: Scenario, keepsResponseTimes: Bool = false) {
        self.scenario = scenario
        refusal = scenario.stages.count > 1 ? scenario.pipelineRefusal : nil
        engine = Engine(scenario)
        engine.keepsResponseTimes = keepsResponseTimes
    }

    public func reset(seed: Seed, metrics: inout WindowMetrics) {
        reset(seed: seed, tape: nil, metrics: &metrics)
    }

    /// As ``reset(seed:metrics:)``, with the tasks of scenario and seed drawn in advance, which many farms can share.
    ///
    /// - Parameter tape: of the farm's scenario and the seed; nil: the farm draws them.
    public func reset(seed: Seed, tape: TaskTape?, metrics: inout WindowMetrics) {
        engine.reset(seed: seed, tape: tape)
        step = 0
        metrics = WindowMetrics(stages: scenario.stages.count)
        engine.snapshot(into: &metrics)
        metrics.stages.first.workers.floor = min(scenario.platform.floor, engine.stage.workers.max)
    }

    public func advance(_ staffing: Staffing, metrics: inout WindowMetrics) -> FarmEnd? {
        if let refusal { return .broken(refusal) }
        let begun = engine.now
        let target = engine.stage.workers.clamp(max(staffing.first, scenario.platform.floor))
        let change = target - engine.desired
        metrics.stages.first.workers.requestedDelta = staffing.first - engine.desired
        metrics.stages.first.workers.appliedDelta = change
        if scenario.platform.perRequest == nil { engine.scale(to: target) }
        let windowEnd = windowEnd(from: begun, change: change)
        metrics.isOverrun = windowEnd.isOverrun
        let recentStart = windowEnd.time - (windowEnd.time - begun) / 3
        if recentStart > engine.now { engine.run(until: recentStart) }
        let before = engine.tally.arrivals - arrivalsWhileScaling.count { $0 >= recentStart }
        engine.run(until: windowEnd.time)
        let recent = (engine.tally.arrivals - before, windowEnd.time - recentStart)
        engine.closeWindow(into: &metrics, recent: recent)
        step += 1
        metrics.step = step
        return currentEnd
    }

    /// As ``reset(seed:metrics:)``, with metrics of its own.
    public func reset(seed: Seed, tape: TaskTape? = nil) {
        end = nil
        reset(seed: seed, tape: tape, metrics: &metrics)
    }

    /// Takes over another farm's state, of the same scenario: from here on equal actions give both the same course. Its metrics are
    /// taken over too, and what the quantiles of response times are made from is not.
    public func takeOver(_ other: SimulatedFarm) {
        engine.takeOver(other.engine)
        (step, metrics, end) = (other.step, other.metrics, other.end)
    }

    /// As ``advance(_:metrics:)``, with metrics of its own.
    public func advance(_ staffing: Staffing) {
        end = advance(staffing, metrics: &metrics)
    }

    /// Lets up to `seconds` pass after the episode's end, without a further decision, until all tasks have ended: the paper's
    /// drain.
    ///
    /// - Returns: the tasks then.
    public func drain(seconds: Double) -> TaskTotals {
        let limit = engine.now + seconds
        while !engine.isFinished, engine.runNext(before: limit) {}
        var after = WindowMetrics()
        let seconds = max(limit - engine.tally.start, 1e-9)
        if !engine.isFinished { engine.run(until: limit) }
        engine.closeWindow(into: &after, recent: (0, seconds))
        return after.totals
    }

    /// The response time, in seconds, that a `share` of the episode's tasks did not exceed, within 1.6 %; nil when none was
    /// done, or they are not kept.
    public func responseTime(quantile share: Double) -> Double? { engine.responseTimes.quantile(share) }

    private func windowEnd(from begun: Double, change: Int) -> (time: Double, isOverrun: Bool) {
        if !arrivalsWhileScaling.isEmpty { arrivalsWhileScaling.removeAll(keepingCapacity: true) }
        let length = scenario.stepSeconds
        // The next grid point at least half a window away; skipped ones are merged into this window.
        let planned =
            scenario.platform.isSliding
            ? begun + length : ((begun + length / 2) / length).rounded(.up) * length
        guard scenario.scaling == .blocking, change != 0 else { return (planned, false) }
        // A worker that never comes must not hold up the episode for ever.
        let patience = begun + 10 * length + 10 * engine.stage.startUp.longest
        while engine.isScaling {
            let before = engine.tally.arrivals
            guard engine.runNext(before: patience) else { break }
            if engine.tally.arrivals > before { arrivalsWhileScaling.append(engine.now) }
        }
        let confirm = change > 0 ? scenario.platform.startConfirm : 0
        let scaled = engine.now + confirm + scenario.platform.observe
        return (max(planned, scaled), scaled > planned)
    }

    private var currentEnd: FarmEnd? {
        if scenario.arrivals.isFixedCount, engine.isFinished { return .finished }
        let isOver =
            scenario.platform.isSliding
            ? step >= scenario.steps : engine.now >= scenario.horizon - scenario.stepSeconds / 4
        return isOver ? .horizon : nil
    }
}
