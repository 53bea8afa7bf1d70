import Gymnasium

/// What must hold of any recorded episode, looked at step by step: order, completeness, and conservation of tasks.
struct EpisodeSoundness {
    private let episode: Episode
    private(set) var length = 0
    private var totalReward = 0.0
    private var isOver = false
    private var time = 0.0
    private var totals: Value?
    private var last: StepResult?

    init(_ episode: Episode) { self.episode = episode }

    /// - Returns: what is wrong with the next step; nil when nothing is.
    mutating func fault(_ step: RecordedStep) -> String? {
        guard step.index == length + 1 else { return "step \(length + 1) is missing" }
        if isOver { return "it comes after the episode's end" }
        length += 1
        totalReward += step.result.reward
        isOver = step.result.terminated || step.result.truncated
        last = step.result
        if let metrics = step.result.info["metrics"], let now = metrics["time"]?.double {
            if now < time { return "time goes back, from \(time) s to \(now) s" }
            time = now
        }
        guard let totals = step.result.info["totals"] else { return nil }
        self.totals = totals
        return EpisodeSoundness.imbalance(totals)
    }

    /// - Parameter isLive: tasks are recorded.
    /// - Returns: what is wrong with the episode as a whole; nil when nothing is.
    func faultAtEnd(_ tasks: [RecordedTask], account: TaskAccount, isLive: Bool) -> String? {
        let summary = episode.summary
        if summary.length != length { return "\(length) steps are there, \(summary.length) were counted" }
        if summary.totalReward.bitPattern != totalReward.bitPattern, !(summary.totalReward == totalReward) {
            return "the rewards add up to \(totalReward), the return says \(summary.totalReward)"
        }
        switch summary.status {
        case .terminated where last?.terminated != true: return "it is terminated, its last step is not"
        case .truncated where last?.truncated != true: return "it is truncated, its last step is not"
        default: break
        }
        for task in tasks {
            if let reason = EpisodeSoundness.fault(task) { return "task \(task.id): \(reason)" }
        }
        guard isLive, isOver, let totals, last?.info["reason"] != nil else { return nil }
        return EpisodeSoundness.disagreement(account, totals)
    }

    /// `emitted = queued + running + done + failed`.
    private static func imbalance(_ totals: Value) -> String? {
        let counts = ["emitted", "queued", "running", "done", "failed"].compactMap { totals[$0]?.int }
        guard counts.count == 5 else { return nil }
        let sum = counts[1...].reduce(0, +)
        return counts[0] == sum ? nil : "\(counts[0]) tasks were emitted, \(sum) are accounted for"
    }

    private static func fault(_ task: RecordedTask) -> String? {
        let times = [task.generated, task.firstStarted, task.ended].compactMap(\.self)
        if zip(times, times.dropFirst()).contains(where: { $0 > $1 + 1e-6 }) {
            return "generated, started and ended are not in this order: \(times)"
        }
        if task.outcome == .done, task.ended == nil { return "done, but its end is not recorded" }
        return nil
    }

    /// The tasks that are recorded are all there were, or the farm could not go on.
    private static func disagreement(_ account: TaskAccount, _ totals: Value) -> String? {
        for (name, count) in [("done", account.done), ("failed", account.failed)] {
            if let said = totals[name]?.int, Int(said) != count {
                return "\(count) tasks are recorded as \(name), the farm counted \(said)"
            }
        }
        if account.unfinished > 0, let emitted = totals["emitted"]?.int, Int(emitted) != account.emitted {
            return "\(account.emitted) tasks are recorded, \(emitted) were emitted"
        }
        return nil
    }
}
