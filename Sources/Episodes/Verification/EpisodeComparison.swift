import Gymnasium

/// Finds what differs between a recorded episode and its rerun.
///
/// All that was recorded must come again. What this program tells beyond it is no difference: infos have got keys since.
struct EpisodeComparison {
    let reason: String?
    /// What explains a difference at the reset better.
    let reasonOfReset: String?
    /// Infos that were counted otherwise when the episode was recorded; they are not compared.
    var redefined: Set<String> = []
    /// Keys of infos that only the rerun has, as `info.metrics.refusals`.
    private(set) var later: Set<String> = []

    /// What recordings of schemas 1 and 2 have counted otherwise: changes of the number of workers as they were requested, not
    /// as they were applied.
    static let redefinedSinceSchema2: Set<String> = ["info.result.scaling_actions"]

    func difference(_ step: Int, _ field: String, _ recorded: String, _ again: String) -> EpisodeDifference {
        EpisodeDifference(
            step: step, field: field, recorded: recorded.shortened(to: 200), again: again.shortened(to: 200),
            reason: step == 0 ? reasonOfReset ?? reason : reason)
    }

    /// Equal bytes are equal, NaNs too.
    func values(_ step: Int, _ field: String, _ recorded: Value, _ again: Value) -> EpisodeDifference? {
        if recorded == again { return nil }
        if CanonicalBytes.bytes(recorded) == CanonicalBytes.bytes(again) { return nil }
        return difference(step, field, recorded.oneLine, again.oneLine)
    }

    /// An info that was not recorded is not looked at.
    mutating func infos(_ step: Int, _ recorded: [Value.Entry], _ again: [Value.Entry]) -> EpisodeDifference? {
        recorded.isEmpty ? nil : entries(step, "info", recorded, again)
    }

    /// Entries in the entries' own dicts, too.
    private mutating func entries(
        _ step: Int, _ path: String, _ recorded: [Value.Entry], _ again: [Value.Entry]
    ) -> EpisodeDifference? {
        for entry in recorded {
            let place = "\(path).\(entry.key)"
            guard let value = again.first(where: { $0.key == entry.key })?.value else {
                return difference(step, place, entry.value.oneLine, "missing")
            }
            if redefined.contains(place) {
                later.insert("\(place) as it is counted now")
                continue
            }
            let found: EpisodeDifference?
            if case .dict(let inner) = entry.value, case .dict(let now) = value {
                found = entries(step, place, inner, now)
            } else {
                found = values(step, place, entry.value, value)
            }
            if let found { return found }
        }
        if recorded.count < again.count {
            let known = Set(recorded.map(\.key))
            later.formUnion(again.lazy.map(\.key).filter { !known.contains($0) }.map { "\(path).\($0)" })
        }
        return nil
    }

    mutating func steps(_ recorded: RecordedStep, _ again: StepResult) -> EpisodeDifference? {
        let (index, result) = (recorded.index, recorded.result)
        if let found = values(index, "observation", result.observation, again.observation) { return found }
        if result.reward.bitPattern != again.reward.bitPattern {
            return difference(index, "reward", "\(result.reward)", "\(again.reward)")
        }
        if result.terminated != again.terminated {
            return difference(index, "terminated", "\(result.terminated)", "\(again.terminated)")
        }
        if result.truncated != again.truncated {
            return difference(index, "truncated", "\(result.truncated)", "\(again.truncated)")
        }
        return infos(index, result.info, again.info)
    }
}
