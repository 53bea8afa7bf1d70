public import Randomness

/// The separate random streams of an episode: what happens in one does not move what comes of another, so that two
/// policies with one seed meet the same tasks, and a live farm the same as a simulated one.
public enum EpisodeStream: UInt32, Sendable, CaseIterable {
    case arrivals, service, startUp, faults, platform
    /// What of a family's scenarios it is.
    case scenario

    /// The stream's generator in the episode of `seed`.
    public func generator(_ seed: Seed) -> PCG64 { PCG64(seed: seed, stream: rawValue) }
}

/// The tasks of one episode in generation order, drawn in advance, with what their work takes in the first stage.
public struct TaskStream: Sendable {
    public let tasks: [FarmTask]

    public init(scenario: Scenario, seed: Seed) {
        var arrivals = EpisodeStream.arrivals.generator(seed)
        var service = EpisodeStream.service.generator(seed)
        let sampler = ServiceSampler(scenario.stages.first.service)
        var tasks: [FarmTask] = []
        if case .bag(let bag) = scenario.arrivals {
            for (index, entry) in bag.tasks.enumerated() {
                let drawn = sampler.sample(at: entry.at, using: &service)
                let seconds = entry.seconds ?? (entry.payload == nil ? drawn : nil)
                let deadline = entry.deadline ?? scenario.deadline.seconds(forService: seconds ?? drawn)
                tasks.append(
                    FarmTask(
                        id: entry.id, index: index, generatedAt: entry.at, deadlineAt: entry.at + deadline,
                        serviceSeconds: seconds, payload: entry.payload, headers: entry.headers))
            }
        } else {
            var cursor = ArrivalCursor(scenario, using: &arrivals)
            while true {
                let time = cursor.next(using: &arrivals)
                guard time < .infinity else { break }
                let seconds = sampler.sample(at: time, using: &service)
                tasks.append(
                    FarmTask(
                        id: "task-\(tasks.count + 1)", index: tasks.count, generatedAt: time,
                        deadlineAt: time + scenario.deadline.seconds(forService: seconds), serviceSeconds: seconds))
            }
        }
        self.tasks = tasks
    }
}
