import Foundation
import Steering

/// A decision in words: what was asked for, and why.
public enum DecisionText {
    /// On a line: `2026-11-30 10:00:20  resize 12: 3 → 5 workers, because …`.
    public static func line(_ recorded: RecordedDecision) -> String {
        let decision = recorded.decision
        let change =
            decision.asked == decision.before
            ? "\(workers(decision.asked)), as before" : "\(decision.before) → \(workers(decision.asked))"
        let mode = decision.mode == .advise ? " (advice)" : ""
        let reasons = ([cause(decision)] + decision.refusals.map(refusal)).joined(separator: "; ")
        let parts = [reasons, seen(decision), outcome(recorded)].compactMap(\.self).joined(separator: ". ")
        return oneLine("\(clock(decision.time))  \(decision.function) \(decision.number): \(change)\(mode): \(parts).")
    }

    /// Who said the number that went into the rails, and why it was not the policy where it was not.
    static func cause(_ decision: SteeringDecision) -> String {
        let fault = decision.fault.map { "because \($0)" } ?? "until the policy has answered well for long enough"
        return switch decision.author {
        case .policy: "\(decision.policy) recommends \(decision.proposed)"
        case .fallback: "the fallback says \(decision.proposed), \(fault)"
        case .revert: "an operator takes it back, and what was there before is asked for again"
        case .nobody: "nobody says a number, \(fault), so that it is kept"
        }
    }

    static func refusal(_ refusal: SteeringDecision.Refusal) -> String {
        "\(refusal.rail) makes \(refusal.to) of \(refusal.from): \(refusal.reason)"
    }

    /// What the decision was made on.
    static func seen(_ decision: SteeringDecision) -> String {
        let blindness = decision.blindness.map { "nothing could be read: \($0)" }
        guard let sighting = decision.sighting else { return blindness ?? "nothing has been seen yet" }
        let counts: [(String, Int?)] = [
            ("came", sighting.arrivals), ("ended", sighting.completions), ("failed", sighting.failures),
            ("wait", sighting.queued), ("run", sighting.running),
        ]
        let told = counts.compactMap { word, count in count.map { "\($0) \(word)" } }
        var text =
            told.isEmpty
            ? "the source tells no counts" : "in \(number(sighting.seconds)) s " + told.joined(separator: ", ")
        if let age = sighting.oldestAge, age > 0 { text += ", the oldest for \(number(age)) s" }
        if decision.inputAge >= 1 { text += ", seen \(number(decision.inputAge)) s before" }
        return [text, blindness].compactMap(\.self).joined(separator: "; ")
    }

    static func outcome(_ recorded: RecordedDecision) -> String? {
        switch recorded.outcome {
        case .advised: recorded.decision.workers.map { "The platform has \($0.asked); nothing was asked for" }
        case .unchanged: "The platform had it already"
        case .applied(let seen):
            "The platform took it" + (seen.map { $0.ready.map { ", \($0) ready" } ?? "" } ?? "")
        case .refused(let reason): "The platform refused: \(reason)"
        case nil: "What came of it is not known"
        }
    }

    private static func workers(_ count: Int) -> String { count == 1 ? "1 worker" : "\(count) workers" }

    /// At most two digits after the point.
    static func number(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return Int(exactly: rounded).map(String.init) ?? String(rounded)
    }

    /// ISO 8601, UTC, with milliseconds.
    static func time(_ seconds: Double) -> String {
        guard abs(seconds) < 1e11 else { return String(seconds) }
        return Date(timeIntervalSince1970: seconds).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// UTC, to the second.
    public static func clock(_ seconds: Double) -> String {
        let text = time(seconds)
        return text.count > 20 ? "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))" : text
    }

    /// Reasons come from elsewhere: no line ends and terminal controls.
    private static func oneLine(_ text: String) -> String {
        String(
            text.map { $0.unicodeScalars.contains { $0.properties.generalCategory == .control } ? " " : $0 })
    }
}
