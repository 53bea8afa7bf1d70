import Farm
import Randomness

/// How a raw value is brought onto [0, 1]. The same for every scenario, so that a policy can be carried from one to another.
///
/// Always finite and in the interval: values beyond it are moved to its ends, and not-a-number becomes 0.
public struct ObservationTransform: Sendable, Hashable, CustomStringConvertible {
    private enum Kind: Sendable, Hashable {
        case logarithm(cap: Double, denominator: Double)
        case workers, duration, share
    }

    private let kind: Kind

    /// `log1p(x) / log1p(cap)`, for counts, rates and ages.
    public static func logarithm(cap: Double) -> ObservationTransform {
        ObservationTransform(kind: .logarithm(cap: cap, denominator: Elementary.log1p(cap)))
    }

    /// `x / max_workers`.
    public static let workers = ObservationTransform(kind: .workers)

    /// `r / (1 + r)` with `r = x / mean deadline`.
    public static let duration = ObservationTransform(kind: .duration)

    /// The value as it is.
    public static let share = ObservationTransform(kind: .share)

    /// The transform of `raw`.
    public func callAsFunction(_ raw: Double, scale: FarmScale) -> Float {
        // The comparison also turns not-a-number into 0.
        guard raw > 0 else { return 0 }
        let value =
            switch kind {
            case .logarithm(let cap, let denominator): raw >= cap ? 1 : Elementary.log1p(raw) / denominator
            case .workers: raw / Double(max(scale.workers.max, 1))
            case .duration: raw.isFinite ? raw / (raw + scale.meanDeadline) : 1
            case .share: raw
            }
        return Float(min(value, 1))
    }

    /// The formula, with `x` for the raw value.
    public var description: String {
        switch kind {
        case .logarithm(let cap, _): "log1p(x) / log1p(\(Int(cap)))"
        case .workers: "x / max_workers"
        case .duration: "r / (1 + r), r = x / mean deadline"
        case .share: "x"
        }
    }
}
