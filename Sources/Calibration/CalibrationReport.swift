import Episodes
import Evaluation
import Farm
import Foundation

/// What a calibration says, for people and for programs.
public struct CalibrationReport {
    let fitted: FittedScenario
    let path: String
    /// The recording's path.
    let source: String
    let observations: [FarmObservation]
    /// With tasks of the fitted arrivals.
    let rates: [CalibrationGap]
    /// With the tasks that were recorded.
    let tasks: [CalibrationGap]

    public var text: String {
        var lines = ["wrote \(path)"] + fitted.figures.map { "  " + $0 }
        lines += ["", "verdict: " + verdict.sentence, ""] + gaps
        return lines.joined(separator: "\n")
    }

    /// What the simulated episodes came to, a line a figure.
    private var gaps: [String] {
        ["the recorded numbers of workers again, simulated (mean, 95 % interval) against recorded:"]
            + table("fitted arrivals", rates) + table("recorded tasks", tasks)
            + (rates.isEmpty ? ["  no recorded episode was complete, so there is nothing to compare"] : [])
    }

    private var verdict: CalibrationVerdict {
        CalibrationVerdict([("fitted arrivals", rates), ("recorded tasks", tasks)])
    }

    public var json: String {
        func gaps(_ gaps: [CalibrationGap]) -> [[String: Any]] {
            gaps.flatMap { gap in
                gap.figures.map { figure in
                    [
                        "episode": gap.episode, "figure": figure.name, "recorded": figure.recorded,
                        "simulated": figure.simulated.mean, "low": figure.simulated.low, "high": figure.simulated.high,
                        "difference": figure.difference, "spread_low": figure.spread.lowerBound,
                        "spread_high": figure.spread.upperBound, "agrees": figure.agrees,
                    ]
                }
            }
        }
        let object: [String: Any] = [
            "scenario_file": path, "fit": fitted.figures, "fitted_arrivals": gaps(rates), "recorded_tasks": gaps(tasks),
            "verdict": verdict.sentence, "agrees": verdict.agrees.map { $0 as Any } ?? NSNull(),
        ]
        let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// The same as a page with pictures.
    public var page: String {
        let done = observations.flatMap(\.tasks).filter { $0.outcome == .done }.compactMap(\.service)
        let fits = CalibrationPage.Fits(
            service: fitted.service, arrivals: fitted.arrivals, startUp: fitted.startUp,
            serviceTimes: done.map { max(1e-6, $0 - fitted.overhead) },
            generated: observations.map { $0.tasks.compactMap(\.generated) }, horizon: fitted.scenario.horizon)
        let name = URL(fileURLWithPath: source).lastPathComponent
        return CalibrationPage.html(
            title: "\(fitted.scenario.name), fitted to \(name)",
            subtitle: "A simulated scenario with the numbers of \(observations.count) live episodes.",
            verdict: verdict.sentence, fits, text: (fitted.figures + [""] + gaps).joined(separator: "\n"))
    }

    private func table(_ name: String, _ gaps: [CalibrationGap]) -> [String] {
        func text(_ number: Double) -> String { String(format: "%.3f", number) }
        return gaps.flatMap { gap in
            gap.figures.map { figure in
                "  \(name), episode \(gap.episode), \(figure.name): \(text(figure.simulated.mean)) "
                    + "[\(text(figure.simulated.low)), \(text(figure.simulated.high))] against \(text(figure.recorded)), "
                    + "gap \(text(figure.difference))"
            }
        }
    }
}
