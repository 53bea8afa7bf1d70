import Foundation
import Learning

/// One line on standard error that says how a training goes, where standard error is a terminal.
final class TrainingLine {
    private let total: Int
    private let begun: Int
    private let isShown = isatty(STDERR_FILENO) == 1
    private let start = ContinuousClock.now
    private var shown = ContinuousClock.now
    private var returns: [Double] = []
    private var results: [TrainingProgress.Metric] = []
    private var step = 0

    init(total: Int, begun: Int) {
        self.total = total
        self.begun = begun
    }

    func show(_ progress: TrainingProgress) {
        step = progress.step
        returns = Array((returns + progress.episodes.map(\.episodicReturn)).suffix(100))
        if !progress.episodes.isEmpty { results = progress.meanResults }
        guard isShown, ContinuousClock.now - shown > .milliseconds(200) else { return }
        shown = .now
        let left = rate > 0 ? Int(Double(total - step) / rate) : 0
        write("\r\u{1B}[K\(step) of \(total) steps, \(summary), \(left) s left")
    }

    func end() {
        if isShown { write("\r\u{1B}[K") }
    }

    /// The last hundred episodes' mean return, and the speed.
    var summary: String {
        let mean = returns.isEmpty ? nil : returns.reduce(0, +) / Double(returns.count)
        let text = mean.map { String(format: "%.2f", $0) } ?? "none yet"
        return "mean return of the last \(returns.count) episodes \(text),\(farm) \(Int(rate)) steps a second"
    }

    /// Of farms, what the last episodes came to.
    private var farm: String {
        func value(_ name: String) -> Double? { results.first { $0.name == name }?.value }
        guard let qos = value("qos"), let workers = value("mean_workers") else { return "" }
        return String(format: " QoS %.2f %% at %.2f workers,", 100 * qos, workers)
    }

    private var rate: Double { Double(step - begun) / max((ContinuousClock.now - start) / .seconds(1), 1e-9) }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
