public import Farm
public import Gymnasium

/// What an action means for a stage, the argument `action`. What an action asks for beyond the scenario's bounds is moved into them.
public enum ActionScheme: Sendable, Hashable {
    /// Discrete(3): one worker fewer, no change, one more.
    case paper
    /// Discrete(2k+1): action `a` changes the workers asked for by `a - k`. The default, with k = 2: a policy can follow a
    /// jump twice as fast as the paper's, and the space is still small enough to learn quickly.
    case delta(Int)
    /// Discrete(max−min+1): action `a` asks for `min + a` workers.
    case target
    /// Discrete(35): multiples of what the stage needs, see ``NeedActions``. The same actions whatever the bounds.
    case need

    /// The largest `k` of ``delta(_:)``.
    public static let largestDelta = 100

    /// Reads `"paper"`, `"target"`, `"need"`, `"delta"` (k = 2) or `"delta:k"`.
    ///
    /// - Throws: `badArgument` for `action`.
    public init(_ value: Value) throws(EnvironmentError) {
        guard let text = value.string else {
            throw ActionScheme.refused("action must be a text, got \(value.kindName)")
        }
        switch text {
        case "paper": self = .paper
        case "target": self = .target
        case "need": self = .need
        case "delta": self = .delta(2)
        default:
            guard text.hasPrefix("delta:") else {
                let hint = NearMatches.hint(for: text, among: ["paper", "delta", "delta:k", "target", "need"])
                throw ActionScheme.refused("there is no action scheme \"\(text)\"\(hint)")
            }
            guard let k = Int(text.dropFirst(6)), (1...ActionScheme.largestDelta).contains(k) else {
                throw ActionScheme.refused(
                    "delta:k needs a whole number k from 1 to \(ActionScheme.largestDelta), got \"\(text)\"")
            }
            self = .delta(k)
        }
    }

    /// The value that reads as this scheme.
    public var value: Value {
        switch self {
        case .paper: "paper"
        case .delta(let k): .text("delta:\(k)")
        case .target: "target"
        case .need: "need"
        }
    }

    /// Number of actions.
    public func count(_ bounds: WorkerBounds) -> Int {
        switch self {
        case .paper: 3
        case .delta(let k): 2 * k + 1
        case .target: max(bounds.max - bounds.min, 0) + 1
        case .need: NeedActions.count
        }
    }

    /// The workers that `action` asks for, given that `current` are asked for now; not yet moved into the bounds.
    ///
    /// - Parameter need: what the stage needs, which only the scheme ``need`` asks for.
    public func desired(for action: Int, current: Int, bounds: WorkerBounds, need: Need = Need()) -> Int {
        switch self {
        case .paper: current + action - 1
        case .delta(let k): current + action - k
        case .target: bounds.min + action
        case .need: NeedActions.desired(for: action, current: current, need: need)
        }
    }

    /// Whether an action is done as it asks: the bounds leave it, and it asks for no fewer workers than the platform keeps. Those
    /// of ``need`` are all open, so that "as many as there may be" can be meant.
    ///
    /// - Parameter floor: workers that the platform keeps, whatever is asked for.
    public func allows(_ action: Int, current: Int, bounds: WorkerBounds, floor: Int) -> Bool {
        guard self != .need else { return true }
        let desired = desired(for: action, current: current, bounds: bounds)
        guard desired == bounds.clamp(desired) else { return false }
        // On the way up from below the floor, more is allowed, and what there is.
        return desired >= floor || desired >= min(current, bounds.max)
    }

    /// For each action 1, or 0 where it would not be done as it asks.
    public func mask(current: Int, bounds: WorkerBounds, floor: Int = 0) -> [Int8] {
        (0..<count(bounds)).map { allows($0, current: current, bounds: bounds, floor: floor) ? 1 : 0 }
    }

    private static func refused(_ message: String) -> EnvironmentError {
        EnvironmentError(.badArgument(name: "action"), message)
    }
}
