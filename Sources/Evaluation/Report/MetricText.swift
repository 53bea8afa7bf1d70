import Foundation

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

/// Numbers for people.
enum NumberText {
    /// With a fixed number of decimals, never "-0"; with a sign if asked, save for zero. In exponents from 1e15 on.
    static func fixed(_ value: Double, _ decimals: Int, signed: Bool = false) -> String {
        guard abs(value) < 1e15 else { return String(format: "%.3g", value) }
        let text = String(format: "%.\(max(0, decimals))f", value)
        let isZero = !text.contains { ("1"..."9").contains($0) }
        if isZero { return text.hasPrefix("-") ? String(text.dropFirst()) : text }
        return signed && value > 0 ? "+" + text : text
    }

    /// An axis's number: as many decimals as its step needs.
    static func tick(_ value: Double, step: Double) -> String {
        let decimals = step > 0 ? Int(max(0, min(12, (-log10(step) - 1e-9).rounded(.up)))) : 0
        return fixed(value, decimals)
    }
}
