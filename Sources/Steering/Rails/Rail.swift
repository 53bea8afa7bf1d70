/// A guard rail between policy and platform: changes a number, and says why.
///
/// Rails are applied one after the other in the order of ``all``, each to what the one before let through; the bounds come last, so
/// that no rail leads out of them.
public struct Rail: Sendable {
    /// As in configurations, metrics and records.
    public let name: String
    /// What it does, a line for people.
    public let summary: String
    let limit: @Sendable (_ proposal: Int, _ context: RailContext) -> Verdict?

    /// Another number, and why.
    struct Verdict: Sendable, Hashable {
        var count: Int
        var reason: String
    }

    public static let all: [Rail] = [
        .stale, .holdDown, .age, .stepUp, .stepDown, .forbidden, .budget, .pause, .bounds,
    ]

    /// What all rails make of a proposal.
    public static func apply(_ proposal: Int, _ context: RailContext) -> (
        count: Int, refusals: [SteeringDecision.Refusal]
    ) {
        var count = proposal
        var refusals: [SteeringDecision.Refusal] = []
        for rail in all {
            guard let verdict = rail.limit(count, context), verdict.count != count else { continue }
            refusals.append(.init(rail: rail.name, from: count, to: verdict.count, reason: verdict.reason))
            count = verdict.count
        }
        return (count, refusals)
    }
}

/// What rails look at.
public struct RailContext: Sendable {
    /// Seconds since 1970.
    public var time: Double
    public var settings: SteeringSettings
    /// What is asked for now.
    public var current: Int
    /// How old the input is, in seconds; infinite where there was none.
    public var inputAge: Double
    /// Age of the oldest call that waits; nil: nobody says.
    public var oldestAge: Double?
    /// Recommendations of the hold time, this period's among them.
    public var recommendations: [SteeringMemory.Recommendation]
    /// Worker-seconds that were spent today.
    public var spent: Double
    public var pause: SteeringSettings.Direction?

    public init(time: Double, settings: SteeringSettings, current: Int) {
        (self.time, self.settings, self.current) = (time, settings, current)
        (inputAge, oldestAge, recommendations, spent, pause) = (0, nil, [], 0, nil)
    }
}
