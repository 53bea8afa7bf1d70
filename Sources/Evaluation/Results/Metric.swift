/// What is compared: the numbers of an ``EpisodeResult``, in the order of the reports.
public enum Metric: Int, CaseIterable, Sendable, Hashable, Codable {
    case qos, paperQoS, meanWorkers, meanReady, paperMeanWorkers, meanDesired, maxWorkers, workerSeconds, scalingActions
    case responseTime, responseTimeP50, responseTimeP95, responseTimeP99, queue, reward

    /// Whether more or less of it is wanted.
    public enum Preference: Sendable, Hashable {
        case more, less, neither
    }

    /// All there is to say of a metric.
    struct Entry: Sendable {
        /// In JSON and CSV.
        let name: String
        let preference: Preference
        /// For people, with the unit that they see it in: QoS in percent, the rest in its own.
        let heading: String
        let unit: String
        let decimals: Int
        /// In the metric's unit of JSON: QoS as a fraction.
        let number: any WritableKeyPath<EpisodeResult, Double> & Sendable

        init(
            _ name: String, _ preference: Preference, _ heading: String, _ unit: String, _ decimals: Int,
            _ number: any WritableKeyPath<EpisodeResult, Double> & Sendable
        ) {
            self.name = name
            self.preference = preference
            self.heading = heading
            self.unit = unit
            self.decimals = decimals
            self.number = number
        }
    }

    var entry: Entry {
        switch self {
        case .qos: Entry("qos", .more, "QoS", "%", 2, \.qos)
        case .paperQoS: Entry("paper_qos", .more, "paper QoS", "%", 2, \.paperQoS)
        case .meanWorkers: Entry("mean_workers", .less, "paid workers", "", 2, \.meanWorkers)
        case .meanReady: Entry("mean_ready", .neither, "ready workers", "", 2, \.meanReady)
        case .paperMeanWorkers: Entry("paper_mean_workers", .less, "paper workers", "", 2, \.paperMeanWorkers)
        case .meanDesired: Entry("mean_desired", .less, "desired workers", "", 2, \.meanDesired)
        case .maxWorkers: Entry("max_workers", .neither, "most workers", "", 1, \.maxWorkers)
        case .workerSeconds: Entry("worker_seconds", .less, "paid time", "worker-s", 0, \.workerSeconds)
        case .scalingActions: Entry("scaling_actions", .neither, "scalings", "", 1, \.scalingActions)
        case .responseTime: Entry("response_time", .less, "response mean", "s", 3, \.responseTimeMean)
        case .responseTimeP50: Entry("response_time_p50", .less, "response p50", "s", 3, \.responseTimeP50)
        case .responseTimeP95: Entry("response_time_p95", .less, "response p95", "s", 3, \.responseTimeP95)
        case .responseTimeP99: Entry("response_time_p99", .less, "response p99", "s", 3, \.responseTimeP99)
        case .queue: Entry("queue", .less, "queue", "tasks", 2, \.queueMean)
        case .reward: Entry("reward", .more, "reward", "", 2, \.reward)
        }
    }

    /// The name in JSON and CSV.
    public var name: String { entry.name }

    /// Which direction is better.
    public var preference: Preference { entry.preference }
}

extension EpisodeResult {
    /// The number that a metric stands for, in the metric's unit of JSON: QoS as a fraction.
    public internal(set) subscript(metric: Metric) -> Double {
        get { self[keyPath: metric.entry.number] }
        set { self[keyPath: metric.entry.number] = newValue }
    }
}

extension PolicyResult {
    /// A metric over the episodes, in seed order.
    func values(_ metric: Metric) -> [Double] { episodes.map { $0[metric] } }
}
