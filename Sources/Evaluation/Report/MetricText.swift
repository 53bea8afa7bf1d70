import Pages

/// How a metric is shown to people: QoS in percent, the rest in its own unit.
struct MetricText: Sendable {
    let metric: Metric
    let heading: String
    let unit: String
    let decimals: Int

    init(_ metric: Metric) {
        self.metric = metric
        let entry = metric.entry
        (heading, unit, decimals) = (entry.heading, entry.unit, entry.decimals)
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
