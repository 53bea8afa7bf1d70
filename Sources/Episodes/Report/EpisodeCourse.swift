public import Gymnasium

/// How an episode went, in numbers over time: what pictures are made of.
public struct EpisodeCourse: Sendable {
    /// The end of one window. What the environment did not tell is nil.
    public struct Point: Sendable {
        /// Seconds of the episode; the step's number where the environment has no clock.
        public var time: Double
        public var arrivals: Double?
        public var queue: Double?
        public var running: Double?
        public var ready: Double?
        public var desired: Double?
        public var qos: Double?
        public var reward: Double
        /// The action, where it is a single number.
        public var action: Double?
    }

    /// A point a step, in order.
    public let points: [Point]
    /// What the reset found, at time 0; nil where the environment did not tell.
    public let start: Point?
    /// Tasks that were still waiting or running at its end; nil where the environment did not tell.
    public let unfinished: Int?
    /// Whether there is a farm's state in it.
    public let hasMetrics: Bool

    /// The recorded course. Where infos were not recorded and the episode can be run again, it is, for the farm's state.
    ///
    /// - Throws: ``EpisodeStoreError``.
    public init(of episode: Episode, in store: EpisodeStore, registry: EnvironmentRegistry? = nil) async throws {
        var steps: [RecordedStep] = []
        var info = episode.info
        try store.forEachStep(of: episode.summary.id) { steps.append($0) }
        if steps.dropLast().contains(where: { $0.result.info["metrics"] == nil }), episode.isReproducible == true,
            let registry, let again = try? await EpisodeRerun(episode, registry: registry, infoDetail: .full)
        {
            info = again.beginning.info
            steps = steps.map { step in
                guard let result = try? again.step(step.action) else { return step }
                return RecordedStep(
                    index: step.index, action: step.action, result: result, recordedAt: step.recordedAt,
                    actionMask: step.actionMask)
            }
        }
        points = steps.map(EpisodeCourse.point)
        let totals = steps.last?.result.info["totals"]
        let left = ["queued", "running"].compactMap { totals?[$0]?.int }
        unfinished = left.count == 2 ? Int(clamping: left[0] &+ left[1]) : nil
        hasMetrics = points.contains { $0.ready != nil }
        start = info["metrics"] == nil ? nil : EpisodeCourse.point(0, info, reward: 0, action: nil)
    }

    private static func point(_ step: RecordedStep) -> Point {
        point(step.index, step.result.info, reward: step.result.reward, action: step.action.double)
    }

    private static func point(_ index: Int, _ info: [Value.Entry], reward: Double, action: Double?) -> Point {
        let metrics = info["metrics"]
        func number(_ key: String) -> Double? { metrics?[key]?.double }
        return Point(
            time: number("time") ?? Double(index), arrivals: number("arrival_rate"),
            queue: number("queue_length"), running: number("running"), ready: number("ready"),
            desired: number("desired"), qos: number("qos"), reward: reward, action: action)
    }

    /// The names of the curves, their values, and how many digits people want to see.
    var curves: [(name: String, values: [Double?])] {
        let all: [(String, [Double?])] = [
            ("arrivals/s", points.map(\.arrivals)), ("queue", points.map(\.queue)),
            ("desired", points.map(\.desired)), ("ready", points.map(\.ready)), ("QoS", points.map(\.qos)),
            ("reward", points.map(\.reward)), ("action", points.map(\.action)),
        ]
        return all.filter { $0.1.contains { $0 != nil } }.map { (name: $0.0, values: $0.1) }
    }
}
