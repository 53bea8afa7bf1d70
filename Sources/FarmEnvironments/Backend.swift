public import Farm

/// Where farms come from, by the name that the argument `backend` takes.
public struct Backend: Sendable {
    public let name: String
    /// Equal seeds and actions may give different episodes.
    public let isNondeterministic: Bool
    /// Opens a farm of a scenario at a speed (scenario seconds in a real second) for somebody; throws `FarmError`.
    public let open: @Sendable (Scenario, Double, FarmClaim) async throws -> sending any AsyncFarm
    /// Makes a farm whose windows take no time, for vectors; nil where farms take their time.
    public let simulate: (@Sendable (Scenario) -> sending any Farm)?

    /// A backend whose farms run in real time.
    public init(
        name: String, isNondeterministic: Bool,
        open: @escaping @Sendable (Scenario, Double) async throws -> sending any AsyncFarm
    ) {
        self.init(name: name, isNondeterministic: isNondeterministic) { scenario, speed, _ in
            try await open(scenario, speed)
        }
    }

    /// A backend whose farms run in real time, and are so few that it matters who asks.
    public init(
        name: String, isNondeterministic: Bool,
        claiming open: @escaping @Sendable (Scenario, Double, FarmClaim) async throws -> sending any AsyncFarm
    ) {
        self.name = name
        self.isNondeterministic = isNondeterministic
        self.open = open
        simulate = nil
    }

    /// A deterministic simulator, for single environments and for vectors.
    public init(
        simulator name: String, open: @escaping @Sendable (Scenario) -> sending any AsyncFarm,
        simulate: @escaping @Sendable (Scenario) -> sending any Farm
    ) {
        self.name = name
        isNondeterministic = false
        self.open = { scenario, _, _ in open(scenario) }
        self.simulate = simulate
    }
}

/// Who wants a farm, where there are only so many.
public struct FarmClaim: Sendable, Hashable {
    /// nil: nobody in particular, as where a server has no keys.
    public var user: String?
    /// Whether a farm that the same user's other session has left idle is to be taken from it.
    public var takesOver: Bool

    public init(user: String? = nil, takesOver: Bool = false) {
        self.user = user
        self.takesOver = takesOver
    }
}
