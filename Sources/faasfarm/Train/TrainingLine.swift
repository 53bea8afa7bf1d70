import Foundation
import Learning
import Numbers
import Terminal

/// How a training goes, on standard error.
final class TrainingLine {
    private let total: Int
    private let begun: Int
    private var output = ProgressOutput()
    private var returns: [Double] = []
    private var results: [TrainingProgress.Metric] = []
    private var step = 0

    init(total: Int, begun: Int) {
        self.total = total
        self.begun = begun
        step = begun
    }

    func show(_ progress: TrainingProgress) {
        step = progress.step
        returns = Array((returns + progress.episodes.map(\.episodicReturn)).suffix(100))
        if !progress.episodes.isEmpty { results = progress.meanResults }
        guard output.isDue else { return }
        let left = rate > 0 ? Duration(clampingSeconds: Double(total - step) / rate).brief : "?"
        output.show("\(step) of \(total) steps, \(left) left: return \(meanReturn),\(farm) \(speed) steps a second")
    }

    func end() { output.end() }

    /// The last hundred episodes' mean return, and the speed.
    var summary: String {
        "mean return of the last \(returns.count) episodes \(meanReturn),\(farm) \(speed) steps a second"
    }

    private var meanReturn: String {
        guard !returns.isEmpty else { return "none yet" }
        return String(format: "%.2f", returns.reduce(0, +) / Double(returns.count))
    }

    /// Of farms, what the last episodes came to.
    private var farm: String {
        func value(_ name: String) -> Double? { results.first { $0.name == name }?.value }
        guard let qos = value("qos"), let workers = value("mean_workers") else { return "" }
        return String(format: " QoS %.2f %% at %.2f workers,", 100 * qos, workers)
    }

    private var speed: Int { Int(clamping: rate) }
    private var rate: Double { Double(step - begun) / max(output.elapsed / .seconds(1), 1e-9) }
}
