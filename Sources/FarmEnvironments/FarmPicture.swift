import Farm
import Foundation

/// Two lines of text that show a farm at the end of a window.
struct FarmPicture: CustomStringConvertible {
    let metrics: WindowMetrics
    let scenario: Scenario
    let reward: Double?

    private static let queueCells = 20
    private static let workerCells = 40

    var description: String {
        let bounds = scenario.workers
        let queue = "queue \(queueBar) \(metrics.queueLength), oldest \(number(metrics.oldestAge)) s"
        let counts = "\(metrics.ready) ready, \(metrics.starting) starting, \(metrics.draining) draining"
        let qos = "QoS \(percent(metrics.qos)), episode \(percent(metrics.totals.decidedQoS))"
        return """
            t \(number(metrics.time)) of \(number(scenario.horizon)) s  \(queue), \(metrics.running) running, \
            \(number(metrics.arrivalRate)) tasks/s
            workers \(workerBar) \(counts), \(metrics.desired) of \(bounds.min)–\(bounds.max) desired  \(qos)\
            \(reward.map { String(format: "  reward %.3f", $0) } ?? "")

            """
    }

    /// A cell for each doubling.
    private var queueBar: String {
        let length = max(metrics.queueLength, 0)
        let full = length == 0 ? 0 : min(Int(log2(Double(length))) + 1, FarmPicture.queueCells)
        return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: FarmPicture.queueCells - full)
            + "]"
    }

    /// `#` ready, `+` starting, `-` draining.
    private var workerBar: String {
        let cells =
            repeated("#", metrics.ready) + repeated("+", metrics.starting) + repeated("-", metrics.draining)
        return "[" + (cells.count > FarmPicture.workerCells ? cells.prefix(FarmPicture.workerCells) + "…" : cells[...])
            + "]"
    }

    private func repeated(_ cell: String, _ count: Int) -> String {
        String(repeating: cell, count: min(max(count, 0), FarmPicture.workerCells + 1))
    }

    private func number(_ value: Double) -> String { String(format: "%.1f", value) }

    private func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }
}
