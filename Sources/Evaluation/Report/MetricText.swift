import Pages

/// How a metric is shown to people: QoS in percent, the rest in its own unit.
struct MetricText: Sendable {
    let metric: Metric
    let heading: String
    let unit: String
    let decimals: Int

    init(_ metric: Metric) {
        self.metric = metric
        (heading, unit, decimals) =
            switch metric {
            case .qos: ("QoS", "%", 2)
            case .paperQoS: ("paper QoS", "%", 2)
            case .meanWorkers: ("paid workers", "", 2)
            case .meanReady: ("ready workers", "", 2)
            case .paperMeanWorkers: ("paper workers", "", 2)
            case .meanDesired: ("desired workers", "", 2)
            case .maxWorkers: ("most workers", "", 1)
            case .workerSeconds: ("paid time", "worker-s", 0)
            case .scalingActions: ("scalings", "", 1)
            case .responseTime: ("response mean", "s", 3)
            case .responseTimeP50: ("response p50", "s", 3)
            case .responseTimeP95: ("response p95", "s", 3)
            case .responseTimeP99: ("response p99", "s", 3)
            case .queue: ("queue", "tasks", 2)
            case .reward: ("reward", "", 2)
            }
    }

    /// "QoS (%)".
    var title: String { unit.isEmpty ? heading : "\(heading) (\(unit))" }

    /// As ``title``, for a difference: of percentages, points.
    var differenceTitle: String { unit == "%" ? "\(heading) (points)" : title }

    /// What the value is multiplied by.
    var factor: Double { unit == "%" ? 100 : 1 }

    /// The value in the unit shown.
    func text(_ value: Double, signed: Bool = false) -> String {
        NumberText.fixed(value * factor, decimals, signed: signed)
    }
}
