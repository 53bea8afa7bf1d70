import Evaluation
import Foundation
import Pages

extension Review {
    /// For people: a table, and what it is of.
    ///
    /// - Parameter width: characters of a line; nil: lines are as long as they are.
    public func text(width: Int? = nil) -> String {
        let hasIntervals = blocks > 0
        func cell(_ interval: Interval, _ decimals: Int, by factor: Double = 1, signed: Bool = false) -> String {
            let numbers = [interval.mean, interval.low, interval.high].map {
                NumberText.fixed($0 * factor, decimals, signed: signed)
            }
            return hasIntervals ? "\(numbers[0]) [\(numbers[1]), \(numbers[2])]" : numbers[0]
        }
        func difference(_ interval: Interval?, _ decimals: Int) -> String {
            guard let interval else { return hasIntervals ? "- " : "-" }
            let mark = hasIntervals ? (interval.excludesZero ? "*" : " ") : ""
            return cell(interval, decimals, signed: true) + mark
        }
        let decimals = lines.allSatisfy { $0.missed.mean == $0.missed.mean.rounded() } ? 0 : 1
        let rows = lines.map { line in
            [
                line.policy, cell(line.missed, decimals), cell(line.qos, 2, by: 100), cell(line.workerSeconds, 0),
                NumberText.fixed(line.responseTimeP95, 3), difference(line.missedMore, decimals),
                difference(line.workerSecondsMore, 0),
            ]
        }
        let head = [
            "policy", "missed", "QoS, %", "paid worker-s", "response p95, s", "missed - present", "worker-s - present",
        ]
        let table = TextTable(width: width).aligned(head, [rows])
        return ([heading, "", table, ""] + remarks).joined(separator: "\n") + "\n"
    }

    /// What it is of, in a line.
    public var heading: String {
        let how = isCounted ? "calls, counted" : "calls"
        return "\(function), \(DecisionText.clock(begin)) to \(DecisionText.clock(end)) UTC: "
            + "\(periods) periods of \(DecisionText.number(period)) s, \(calls) \(how)"
    }

    /// How it was done, and what somebody should know.
    public var remarks: [String] {
        var remarks = [
            "present: the numbers that were really asked for; "
                + "other policies are played as they are, without rails, on the same calls in the simulator"
        ]
        if lines.contains(where: { $0.policy == Review.asAdvised }) {
            remarks.append("as-advised: the numbers that came out of the rails, as they were written down")
        }
        remarks.append(
            blocks > 0
                ? "95 % intervals: block bootstrap, \(blocks) blocks of about \(DecisionText.number(Double(periods) / Double(blocks) * period)) s, "
                    + "\(resamples) resamples, the same for all policies; *: the interval excludes zero"
                : "no intervals: 40 periods are needed for them")
        if comparison.result.episodes > 1 {
            remarks.append("what is drawn is drawn \(comparison.result.episodes) times, and the means are told")
        }
        remarks.append("a worker does a call at a time; it starts as long as the settings say")
        return remarks + notes
    }
}
