import Farm
public import Gymnasium

/// What a step is worth, the argument `reward`. Rewards are finite, and the sum of their terms.
public enum RewardScheme: Sendable, Hashable {
    /// The paper's final reward, see ``PaperReward``.
    case paper
    case weights(RewardWeights)

    /// Reads `"paper"`, `"default"`, or a dict of ``RewardWeights/names``; weights not named keep their defaults.
    ///
    /// - Throws: `badArgument` for `reward`: another kind of value, an unknown name, a weight that is no number from 0 to
    ///   ``RewardWeights/largest``.
    public init(_ value: Value) throws(EnvironmentError) {
        switch value {
        case "paper": self = .paper
        case "default": self = .weights(RewardWeights())
        case .text(let text):
            throw EnvironmentError(
                .badArgument(name: "reward"),
                "there is no reward scheme \"\(text)\"; there are paper, default, and a dict of weights")
        case .dict(let entries): self = .weights(try RewardWeights(entries))
        default:
            throw EnvironmentError(
                .badArgument(name: "reward"),
                "reward must be \"paper\", \"default\" or a dict of weights, got \(value.kindName)")
        }
    }

    /// The value that reads as this scheme.
    public var value: Value {
        switch self {
        case .paper: "paper"
        case .weights(let weights): weights == RewardWeights() ? "default" : weights.value
        }
    }

    /// Whether it is measured against rules that play the episode first.
    public var isPerRule: Bool {
        if case .weights(let weights) = self { weights.per == .rule } else { false }
    }

    /// Calls `body` with the name and value of each term.
    func forEachTerm(_ metrics: WindowMetrics, end: FarmEnd?, scale: FarmScale, _ body: (String, Double) -> Void) {
        // A farm whose numbers overflow must not poison what learns from them.
        func bounded(_ name: String, _ term: Double) {
            body(name, term.isNaN ? 0 : min(max(term, -1e12), 1e12))
        }
        switch self {
        case .paper: PaperReward.forEachTerm(metrics, end: end, scale: scale, bounded)
        case .weights(let weights): weights.forEachTerm(metrics, scale: scale, bounded)
        }
    }
}
