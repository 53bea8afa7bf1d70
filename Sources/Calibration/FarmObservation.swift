import Episodes
import Gymnasium

/// What one recorded episode tells of its farm.
struct FarmObservation: Sendable {
    let id: Int64
    let tasks: [RecordedTask]
    /// The ends of windows: the second in which they ended, and what was asked for.
    let desired: [(time: Double, count: Int)]
    let windows: [StartUpFit.Window]
    /// Share of the tasks that met their deadline, mean paid workers; nil when the episode was cut off.
    let result: (qos: Double, meanWorkers: Double)?
    /// Mean time from generation to the end, of the tasks that were done; nil without any.
    let responseTime: Double?
    /// Mean time of an attempt beyond its work, in seconds; nil when the farm did not say.
    let overhead: Double?

    /// Calls that met a busy worker.
    let collisions: Int

    /// - Throws: ``EpisodeStoreError``.
    init(of episode: EpisodeSummary, in store: EpisodeStore) throws {
        id = episode.id
        tasks = try store.tasks(of: episode.id)
        var desired: [(time: Double, count: Int)] = []
        var windows: [StartUpFit.Window] = []
        var result: (qos: Double, meanWorkers: Double)?
        var collisions = 0
        var overheads = (seconds: 0.0, calls: 0.0)
        try store.forEachStep(of: episode.id) { step in
            guard let metrics = step.result.info["metrics"] else { return }
            func number(_ key: String) -> Double { metrics[key]?.double ?? 0 }
            desired.append((time: number("time"), count: Int(number("desired"))))
            windows.append(
                StartUpFit.Window(
                    seconds: number("window_seconds"), paid: number("paid_worker_seconds"),
                    ready: number("ready_worker_seconds"), draining: number("draining"),
                    starting: Int(number("starting")), change: Int(number("applied_delta"))))
            collisions += Int(number("collisions"))
            if let overhead = metrics["overhead_mean"]?.double {
                let calls = number("completions")
                overheads = (overheads.seconds + calls * overhead, overheads.calls + calls)
            }
            if let last = step.result.info["result"], let qos = last["qos"]?.double,
                let workers = last["mean_workers"]?.double
            {
                result = (qos, workers)
            }
        }
        self.desired = desired
        self.windows = windows
        self.result = result
        self.collisions = collisions
        let responses = tasks.filter { $0.outcome == .done }.compactMap { task in
            task.generated.flatMap { begin in task.ended.map { $0 - begin } }
        }
        responseTime = responses.isEmpty ? nil : responses.reduce(0, +) / Double(responses.count)
        overhead = overheads.calls > 0 ? overheads.seconds / overheads.calls : nil
    }

    /// What was asked for in each of `steps` windows of equal length: what to do again in a simulator.
    func plan(stepSeconds: Double, steps: Int) -> [Int] {
        guard let last = desired.last else { return [] }
        return (0..<steps).map { step in
            let end = Double(step + 1) * stepSeconds - stepSeconds / 2
            return desired.first { $0.time >= end }?.count ?? last.count
        }
    }
}
