public import Farm

/// Where farms come from, by the name that the argument `backend` takes.
public struct Backend: Sendable {
    /// Opens so many farms of a scenario at a speed (scenario seconds in a real second) for somebody, all or none; throws
    /// `FarmError`.
    public typealias Open = @Sendable (Int, Scenario, Double, FarmClaim) async throws -> [any AsyncFarm]

    public enum Source: Sendable {
        /// Farms that run in real time.
        case live(Open)
        /// Farms whose windows take no time.
        case simulated(@Sendable (Scenario) -> any Farm)
    }

    public let name: String
    /// Equal seeds and actions may give different episodes.
    public let isNondeterministic: Bool
    public let source: Source
    /// What its farms are of where nobody names a scenario; nil: of the usual one.
    public var scenario: Scenario?

    /// A backend whose farms run in real time, and are so few that it matters who asks.
    public init(name: String, isNondeterministic: Bool, open: @escaping Open) {
        self.name = name
        self.isNondeterministic = isNondeterministic
        source = .live(open)
    }

    /// A deterministic simulator.
    public init(simulator name: String, simulate: @escaping @Sendable (Scenario) -> any Farm) {
        self.name = name
        isNondeterministic = false
        source = .simulated(simulate)
    }
}

/// Who wants a farm, where there are only so many.
public struct FarmClaim: Sendable, Hashable {
    /// nil: nobody in particular, as where a server has no keys.
    public var user: String?
    /// Whether a farm that the same user's other session has left idle is to be taken from it.
    public var takesOver: Bool
}
