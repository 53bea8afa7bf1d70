import Foundation
import Pages
import Steering

/// A decision as an object of JSON on a line. Keys are only ever added.
///
/// | key | meaning |
/// |---|---|
/// | `function`, `number` | the decision's name; numbers count from 1, without a gap |
/// | `time` | ISO 8601, UTC |
/// | `mode` | `steer`, or `advise`: nothing is asked for |
/// | `policy`, `digest` | as it was configured; SHA-256 of what decides |
/// | `before` | the number that was asked for before |
/// | `recommended` | what the policy said, right or wrong; null: nothing in time |
/// | `fault` | why it was not taken; null: it was |
/// | `author` | `policy`, `fallback`, or `nobody`: the number was kept |
/// | `proposed`, `refusals`, `asked` | the number before the rails; `rail`, `from`, `to`, `reason` of each change; the number after them |
/// | `outcome`, `reason` | `advised`, `unchanged`, `applied`, `refused`; null: not known. Why it was refused |
/// | `workers`, `workers_after` | `asked`, `ready` at the platform, before and after |
/// | `input_age` | seconds; null: nothing has been seen yet |
/// | `blindness` | why nothing was read in this period |
/// | `sighting` | what was seen; what the source cannot tell is null |
public enum DecisionJSON {
    /// Without a line's end.
    public static func line(_ recorded: RecordedDecision) -> String {
        let decision = recorded.decision
        return JSONText.object([
            ("function", .string(decision.function)), ("number", .integer(decision.number)),
            ("time", .string(DecisionText.time(decision.time))), ("mode", .string(decision.mode.rawValue)),
            ("policy", .string(decision.policy)), ("digest", .string(decision.digest)),
            ("before", .integer(decision.before)), ("recommended", integer(decision.recommended)),
            ("fault", .string(decision.fault)), ("author", .string(decision.author.rawValue)),
            ("proposed", .integer(decision.proposed)), ("refusals", .list(decision.refusals.map(refusal))),
            ("asked", .integer(decision.asked)), ("outcome", .string(word(recorded.outcome))),
            ("reason", .string(reason(recorded.outcome))), ("workers", workers(decision.workers)),
            ("workers_after", workers(after(recorded.outcome))),
            ("input_age", decision.inputAge < 0 ? .null : .number(decision.inputAge)),
            ("blindness", .string(decision.blindness)), ("sighting", sighting(decision.sighting)),
        ]).line
    }

    private static func refusal(_ refusal: SteeringDecision.Refusal) -> JSONText {
        .object([
            ("rail", .string(refusal.rail)), ("from", .integer(refusal.from)), ("to", .integer(refusal.to)),
            ("reason", .string(refusal.reason)),
        ])
    }

    private static func word(_ outcome: SteeringDecision.Outcome?) -> String? {
        switch outcome {
        case .advised: "advised"
        case .unchanged: "unchanged"
        case .applied: "applied"
        case .refused: "refused"
        case nil: nil
        }
    }

    private static func reason(_ outcome: SteeringDecision.Outcome?) -> String? {
        guard case .refused(let reason) = outcome else { return nil }
        return reason
    }

    private static func after(_ outcome: SteeringDecision.Outcome?) -> WorkersSeen? {
        guard case .applied(let seen) = outcome else { return nil }
        return seen
    }

    private static func workers(_ seen: WorkersSeen?) -> JSONText {
        guard let seen else { return .null }
        return .object([("asked", .integer(seen.asked)), ("ready", integer(seen.ready))])
    }

    private static func sighting(_ sighting: Sighting?) -> JSONText {
        guard let sighting else { return .null }
        return .object([
            ("time", .string(DecisionText.time(sighting.time))), ("seconds", .number(sighting.seconds)),
            ("arrivals", integer(sighting.arrivals)), ("recent_rate", .number(sighting.recentRate)),
            ("completions", integer(sighting.completions)), ("failures", integer(sighting.failures)),
            ("running", integer(sighting.running)), ("queued", integer(sighting.queued)),
            ("oldest_age", .number(sighting.oldestAge)), ("service_seconds", .number(sighting.serviceSeconds)),
            ("response_seconds", .number(sighting.responseSeconds)), ("met", integer(sighting.met)),
            ("missed", integer(sighting.missed)),
        ])
    }

    private static func integer(_ number: Int?) -> JSONText { number.map { .integer($0) } ?? .null }
}
