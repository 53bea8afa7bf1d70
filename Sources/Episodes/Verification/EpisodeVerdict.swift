/// What came of checking an episode.
public enum EpisodeVerdict: Sendable, Hashable {
    /// Run again from scenario, seed and actions, it is the same to the last byte. `later` are the infos' keys that it has now
    /// and the program that recorded it did not have.
    case same(steps: Int, later: [String] = [])
    /// It can not be run again; order, completeness and conservation hold.
    case sound(steps: Int)
    /// Run again, it is another one from here on.
    case differs(EpisodeDifference)
    /// What is recorded contradicts itself.
    case unsound(step: Int, String)
    /// It could not be run again here.
    case notRun(String)

    /// Whether nothing speaks against the recording.
    public var isGood: Bool {
        switch self {
        case .same, .sound: true
        case .differs, .unsound, .notRun: false
        }
    }

    /// `same`, `sound`, `differs`, `unsound` or `not run`.
    public var name: String {
        switch self {
        case .same: "same"
        case .sound: "sound"
        case .differs: "differs"
        case .unsound: "unsound"
        case .notRun: "not run"
        }
    }

    /// For people, in a line.
    public var detail: String {
        switch self {
        case .same(let steps, let later):
            "\(steps) steps run again, byte for byte the same"
                + (later.isEmpty ? "" : "; not recorded then: \(later.joined(separator: ", "))")
        case .sound(let steps): "\(steps) steps in order and complete; it can not be run again"
        case .differs(let difference): difference.description
        case .unsound(let step, let reason): step > 0 ? "step \(step): \(reason)" : reason
        case .notRun(let reason): reason
        }
    }
}

/// The first thing in which an episode that was run again differs from its recording.
public struct EpisodeDifference: Sendable, Hashable, CustomStringConvertible {
    /// 0 is the reset.
    public let step: Int
    /// `observation`, `reward`, `terminated`, `truncated`, `info.metrics`, `action_mask`, or `seed`.
    public let field: String
    public let recorded: String
    public let again: String
    /// What may be the reason, or nil: what of the recording is not as it is here.
    public let reason: String?

    public var description: String {
        let place = step == 0 ? "the reset" : "step \(step)"
        let note = reason.map { "; \($0)" } ?? ""
        return "\(place), \(field): recorded \(recorded), now \(again)\(note)"
    }
}
