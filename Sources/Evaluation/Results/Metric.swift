/// What is compared: the numbers of an ``EpisodeResult``, in the order of the reports.
public enum Metric: Int, CaseIterable, Sendable, Hashable, Codable {
    case qos, paperQoS, meanWorkers, meanReady, paperMeanWorkers, meanDesired, maxWorkers, workerSeconds, scalingActions
    case responseTime, responseTimeP50, responseTimeP95, responseTimeP99, queue, reward

    /// Whether more or less of it is wanted.
    public enum Preference: Sendable, Hashable {
        case more, less, neither
    }

    /// The name in JSON and CSV.
    public var name: String {
        switch self {
        case .qos: "qos"
        case .paperQoS: "paper_qos"
        case .meanWorkers: "mean_workers"
        case .meanReady: "mean_ready"
        case .paperMeanWorkers: "paper_mean_workers"
        case .meanDesired: "mean_desired"
        case .maxWorkers: "max_workers"
        case .workerSeconds: "worker_seconds"
        case .scalingActions: "scaling_actions"
        case .responseTime: "response_time"
        case .responseTimeP50: "response_time_p50"
        case .responseTimeP95: "response_time_p95"
        case .responseTimeP99: "response_time_p99"
        case .queue: "queue"
        case .reward: "reward"
        }
    }

    /// Which direction is better.
    public var preference: Preference {
        switch self {
        case .qos, .paperQoS, .reward: .more
        case .meanWorkers, .paperMeanWorkers, .meanDesired, .workerSeconds, .responseTime, .responseTimeP50,
            .responseTimeP95,
            .responseTimeP99, .queue:
            .less
        case .meanReady, .maxWorkers, .scalingActions: .neither
        }
    }
}

extension EpisodeResult {
    /// The number that a metric stands for, in the metric's unit of JSON: QoS as a fraction.
    public subscript(metric: Metric) -> Double {
        switch metric {
        case .qos: qos
        case .paperQoS: paperQoS
        case .meanWorkers: meanWorkers
        case .meanReady: meanReady
        case .paperMeanWorkers: paperMeanWorkers
        case .meanDesired: meanDesired
        case .maxWorkers: maxWorkers
        case .workerSeconds: workerSeconds
        case .scalingActions: scalingActions
        case .responseTime: responseTimeMean
        case .responseTimeP50: responseTimeP50
        case .responseTimeP95: responseTimeP95
        case .responseTimeP99: responseTimeP99
        case .queue: queueMean
        case .reward: reward
        }
    }
}

extension PolicyResult {
    /// A metric over the episodes, in seed order.
    func values(_ metric: Metric) -> [Double] { episodes.map { $0[metric] } }
}
