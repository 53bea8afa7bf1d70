import Farm
import FarmModel
import Randomness

/// Sampled futures of a farm, and what a number of workers costs in them.
struct Rollout {
    private struct Path {
        let tasks: ContiguousArray<TapeTask>
        let longestDeadline: Double
        let future: CountFuture
        var delays: StartDelays
    }

    private let planner: LookaheadPlanner
    private let bounds: WorkerBounds
    private let now: Double
    private let mean: Double
    private let slack: Double
    /// Tasks of a window, and waiting ones, that are played.
    private let mostTasks: Int
    private var paths: [Path] = []
    /// A state for each path, and one to play.
    private var states: StageStates

    init(
        _ planner: LookaheadPlanner, _ view: LookaheadPlanner.View, _ futures: [CountFuture], _ work: WorkEstimate,
        _ spread: ArrivalSpread, _ sampling: Sampling, _ generator: inout PCG64
    ) {
        self.planner = planner
        let most = min(planner.stage.workers.max, 10_000)
        bounds = WorkerBounds(min: min(planner.stage.workers.min, most), max: most, initial: most)
        now = view.now.isFinite ? view.now : 0
        mean = work.mean
        mostTasks = planner.most(work)
        let meanDeadline = planner.deadline.seconds(forService: work.mean)
        slack = meanDeadline.isFinite ? max(0, meanDeadline - work.mean) : 1e9
        states = StageStates(bounds: bounds, count: futures.count + 1)
        for (slot, future) in futures.enumerated() {
            let tasks = tasks(view, future, work, spread, sampling, &generator)
            let longest = tasks.reduce(0) { max($0, $1.deadline - $1.arrival) }
            states.set(slot, to: snapshot(view, work, &generator))
            let delays = (0..<min(64, max(bounds.max, 1))).map { _ in
                max(0, planner.stage.startUp.sample(using: &generator).finite(or: 0))
            }
            paths.append(
                Path(tasks: tasks, longestDeadline: longest, future: future, delays: StartDelays(delays)))
        }
    }

    /// Waiting tasks, evenly since the oldest came, and those to come.
    private func tasks(
        _ view: LookaheadPlanner.View, _ future: CountFuture, _ work: WorkEstimate, _ spread: ArrivalSpread,
        _ sampling: Sampling, _ generator: inout PCG64
    ) -> ContiguousArray<TapeTask> {
        var tasks: ContiguousArray<TapeTask> = []
        func add(_ arrival: Double) {
            let service = work.draw(using: &generator)
            tasks.append(
                TapeTask(
                    arrival: arrival, service: service,
                    deadline: arrival + planner.deadline.seconds(forService: service)))
        }
        let waiting = believable(view.waiting)
        let age = view.oldestAge.isFinite ? min(max(view.oldestAge, 1e-6), 1e9) : 1e-6
        for index in 0..<waiting { add(now - age * (1 - Double(index) / Double(waiting))) }
        for (index, count) in future.counts.enumerated() {
            let start = now + Double(index) * planner.window
            for share in spread.draw(believable(count), sampling: sampling, using: &generator) {
                add(start + share * planner.window)
            }
        }
        return tasks
    }

    /// More would make no difference to a decision.
    private func believable(_ count: Int) -> Int { min(max(count, 0), mostTasks) }

    private func snapshot(
        _ view: LookaheadPlanner.View, _ work: WorkEstimate, _ generator: inout PCG64
    ) -> StageStates.Snapshot {
        var snapshot = StageStates.Snapshot()
        snapshot.now = now
        snapshot.waiting = believable(view.waiting)
        let ready = min(max(view.ready, 0), bounds.max)
        let draining = min(max(view.draining, 0), bounds.max)
        let busy = min(max(view.running, 0), ready + draining)
        for _ in 0..<busy { snapshot.busyUntil.append(now + work.drawRest(using: &generator)) }
        snapshot.draining = min(draining, busy)
        snapshot.idle = max(0, ready - max(0, busy - snapshot.draining))
        for asked in view.askedAt.prefix(max(bounds.max, 0)) {
            var at = 0.0
            // Given that it has not come yet.
            for _ in 0..<20 {
                at = asked + planner.stage.startUp.sample(using: &generator).finite(or: 0)
                if at > now { break }
            }
            snapshot.readyAt.append(max(at.finite(or: now), now + 0.05))
        }
        return snapshot
    }

    /// What `number` of workers in the first window costs on average.
    mutating func cost(of number: Int) -> Double {
        var sum = 0.0
        for path in paths.indices { sum += paths[path].future.weight * cost(of: number, on: path) }
        return sum
    }

    private mutating func cost(of number: Int, on path: Int) -> Double {
        let scratch = paths.count
        let levels = paths[path].future.levels
        let counts = paths[path].future.counts
        let expected = paths[path].future.expected ?? []
        states.copy(path, to: scratch)
        var cost = 0.0
        for index in counts.indices {
            let target =
                index == 0
                ? number
                : need(
                    expected.indices.contains(index)
                        ? expected[index] : (levels[index - 1] + Double(counts[index - 1])) / 2,
                    waiting: states.waiting(scratch))
            cost += play(target, path, until: now + Double(index + 1) * planner.window)
                .cost(miss: planner.prices.miss, worker: planner.prices.worker)
        }
        return cost + terminal(path, level: levels.last ?? 0, until: now + Double(counts.count) * planner.window)
    }

    private mutating func play(_ target: Int, _ path: Int, until end: Double) -> WindowOutcome {
        let scratch = paths.count
        states.ask(scratch, for: target, delays: &paths[path].delays)
        let longest = paths[path].longestDeadline
        return paths[path].tasks.withUnsafeBufferPointer {
            states.play(scratch, $0, longestDeadline: longest, until: end)
        }
    }

    /// Workers for a window with that expected number of tasks, and a backlog.
    private func need(_ tasks: Double, waiting: Int) -> Int {
        let load = tasks / planner.window * mean
        let backlog = Double(waiting) * mean / planner.window
        return bounds.clamp((load + LookaheadPlanner.headroom * load.squareRoot() + backlog).roundedUpToWorkers)
    }

    /// What comes after the last window: misses of what has begun or waits and of what comes while that is worked off, and the work
    /// itself. Who puts it off would seem to save it otherwise, and let his workers go when everything is late.
    private mutating func terminal(_ path: Int, level: Double, until end: Double) -> Double {
        let scratch = paths.count
        let waiting = states.waiting(scratch)
        let target = max(need(level, waiting: waiting), min(states.desired(scratch), bounds.max))
        // Nothing comes any more, so that it is over as soon as what is there is done; the workers' time is not counted.
        let after = play(target, path, until: end + 1e6)
        guard waiting > 0 else { return Double(after.missed) * planner.prices.miss }
        let work = Double(waiting) * mean
        let drain = work / max(Double(target), 0.5)
        let near = planner.window * LookaheadPlanner.drainWindows
        let lateSeconds =
            max(0, min(drain, near) - slack) + LookaheadPlanner.beyond * max(0, drain - max(near, slack))
        let late = level / planner.window * lateSeconds
        return (Double(after.missed) + late) * planner.prices.miss + work * planner.prices.worker
    }
}
