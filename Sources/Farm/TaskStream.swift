/// The tasks of one episode in generation order, drawn in advance: two policies with one seed meet the same tasks.
public struct TaskStream: Sendable {
    public let tasks: [FarmTask]

    public init(scenario: Scenario, using generator: inout some RandomNumberGenerator) {
        var tasks: [FarmTask] = []
        switch scenario.arrivals {
        case .phases:
            let times = scenario.arrivals.times(using: &generator) ?? []
            for (index, time) in times.enumerated() {
                let service = scenario.service.sample(using: &generator)
                tasks.append(
                    FarmTask(
                        id: "task-\(index + 1)", index: index, generatedAt: time,
                        deadlineAt: time + scenario.deadline.seconds(forService: service), serviceSeconds: service))
            }
        case .bag(let bag):
            for (index, entry) in bag.tasks.enumerated() {
                let drawn = scenario.service.sample(using: &generator)
                let service = entry.seconds ?? (entry.payload == nil ? drawn : nil)
                tasks.append(
                    FarmTask(
                        id: entry.id, index: index, generatedAt: entry.at,
                        deadlineAt: entry.at
                            + (entry.deadline ?? scenario.deadline.seconds(forService: service ?? drawn)),
                        serviceSeconds: service, payload: entry.payload, headers: entry.headers))
            }
        }
        self.tasks = tasks
    }
}
