import Evaluation
import Pages

extension Review {
    /// One object, with a line end after it. Keys are only ever added.
    ///
    /// | key | meaning |
    /// |---|---|
    /// | `function`, `begin`, `end` | of the stretch, ISO 8601, UTC |
    /// | `period_seconds`, `periods` | its grid |
    /// | `calls`, `counted` | how many; whether they were only counted |
    /// | `blocks` | of the intervals; 0: there are none |
    /// | `present_policy` | the numbers that were asked for, as `evaluate --policies` takes them; null: too many |
    /// | `policies` | `policy`; `missed`, `qos`, `worker_seconds` and, minus the present, `missed_more`, `worker_seconds_more`, each with `mean`, `low`, `high`; `response_time_p95` |
    /// | `notes` | sentences |
    /// | `evaluation` | what `faasfarm evaluate --format json` says of the same |
    public var json: String {
        let evaluation = JSONReport.text(comparison)
        return JSONText.object([
            ("function", .string(function)), ("begin", .string(DecisionText.time(begin))),
            ("end", .string(DecisionText.time(end))), ("period_seconds", .number(period)),
            ("periods", .integer(periods)), ("calls", .integer(calls)), ("counted", .boolean(isCounted)),
            ("blocks", .integer(blocks)), ("present_policy", .string(presentText)),
            ("policies", .list(lines.map(Review.object))), ("notes", .list(remarks.map { .string($0) })),
            ("evaluation", .raw(String(evaluation.dropLast()))),
        ]).text + "\n"
    }

    private static func object(_ line: Line) -> JSONText {
        let intervals: [(String, Interval?)] = [
            ("missed", line.missed), ("qos", line.qos), ("worker_seconds", line.workerSeconds),
            ("missed_more", line.missedMore), ("worker_seconds_more", line.workerSecondsMore),
        ]
        let entries = intervals.compactMap { name, interval in
            interval.map { interval in
                (
                    name,
                    JSONText.object([
                        ("mean", .number(interval.mean)), ("low", .number(interval.low)),
                        ("high", .number(interval.high)),
                    ])
                )
            }
        }
        return .object(
            [("policy", .string(line.policy))] + entries + [("response_time_p95", .number(line.responseTimeP95))])
    }
}
