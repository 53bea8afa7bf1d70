public import Foundation
public import Steering

/// The present state of the functions that are steered, as JSON and for people.
public struct StatusReport: Sendable, Codable {
    /// A function's state.
    public struct Line: Sendable, Codable {
        public var function: String
        public var mode: SteeringDecision.Mode
        public var pause: SteeringSettings.Direction?
        public var policy: String
        public var fallback: String?
        public var isOnFallback: Bool
        public var source: String
        public var decision: SteeringDecision
        /// What the platform made of the decision; nil: nothing is known.
        public var refused: String?
    }

    public var functions: [Line]

    /// - Parameter function: the only one that is told of; nil: all of them.
    public init(_ board: SteeringBoard, only function: String? = nil) {
        functions = board.entries.filter { function == nil || $0.settings.function == function }.map { entry in
            Line(
                function: entry.settings.function, mode: entry.mode, pause: entry.pause, policy: entry.policy,
                fallback: entry.fallback, isOnFallback: entry.isOnFallback, source: entry.source,
                decision: entry.decision, refused: entry.refusal)
        }
    }

    public var json: Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Numbers that JSON does not have are in no decision: ages that are unknown are -1.
        return (try? encoder.encode(self)) ?? Data("{}".utf8)
    }

    /// A paragraph a function.
    public var text: String {
        guard !functions.isEmpty else { return "no function has been decided upon yet" }
        return functions.map(\.text).joined(separator: "\n\n")
    }
}

extension StatusReport.Line {
    /// What is so, and why.
    public var text: String {
        var lines = [
            "\(function): \(mode == .steer ? "steered" : "advised") by \(isOnFallback ? "the fallback \(fallback ?? "(none)")" : policy), load from \(source)"
        ]
        if let pause { lines.append("  paused: changes \(pause == .both ? "up and down" : pause.rawValue)") }
        let seen = decision.workers.map { "\($0.ready.map(String.init) ?? "?") of \($0.asked) workers ready" }
        lines.append(
            "  \(seen ?? "the platform does not answer"), \(decision.asked) \(mode == .steer ? "asked for" : "advised")"
        )
        if let fault = decision.fault { lines.append("  the policy's number is not used: \(fault)") }
        if let blindness = decision.blindness { lines.append("  the load is not seen: \(blindness)") }
        for refusal in decision.refusals {
            lines.append("  \(refusal.from) became \(refusal.to) by \(refusal.rail): \(refusal.reason)")
        }
        if let refused { lines.append("  the platform refuses: \(refused)") }
        return lines.joined(separator: "\n")
    }
}

extension SteeringBoard.Entry {
    fileprivate var refusal: String? {
        if case .refused(let reason)? = outcome { reason } else { nil }
    }
}
