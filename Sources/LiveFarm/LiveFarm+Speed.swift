import Farm
import Foundation
import Numbers

/// What takes real time that no speed divides, and makes a fast farm another than the scenario's.
extension LiveFarm {
    /// Of calls, a share of the mean service time that is not worth a word.
    private static let leastShare = 0.05

    /// Says once that calls take long beside their work, and at which speed they would not.
    func sayWhatNoSpeedDivides(_ metrics: WindowMetrics) {
        let service = scenario.stages.first.service.mean
        guard let overhead = metrics.stages.first.overheadMean, overhead > LiveFarm.leastShare * service else { return }
        let real = overhead / speed
        let share = Int(clamping: (100 * overhead / service).rounded())
        let milliseconds = Int(clamping: (real * 1_000).rounded())
        var text = "calls take \(milliseconds) ms longer than their work, \(share) % of the mean service time"
        if speed > 1 {
            let slowEnough = LiveFarm.leastShare * service / real
            let advice = slowEnough >= 1 ? "\(LiveFarm.text(slowEnough)) would be slow enough" : "take 1"
            text += " at speed \(LiveFarm.text(speed)); \(advice)"
        }
        note(.overhead, text)
    }

    /// Says once that starting workers took longer than the scenario's starts do at this speed.
    ///
    /// - Parameter seconds: real ones, from the request until they were ready.
    func sayHowLongStartsTook(_ seconds: Double) {
        // A second for the gateway and for looking at it.
        guard speed > 1, seconds > 1 + 2 * scenario.stages.first.startUp.longest / speed else { return }
        note(
            .starts,
            "workers took \(LiveFarm.text(seconds)) s of real time to start, \(LiveFarm.text(seconds * speed)) s at speed "
                + "\(LiveFarm.text(speed)), where the scenario has \(LiveFarm.text(scenario.stages.first.startUp.mean)); a lower speed is "
                + "nearer to it")
    }

    private static func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e9 ? String(Int(value)) : String(format: "%.1f", value)
    }
}
