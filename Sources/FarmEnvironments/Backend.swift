public import Farm

/// Where farms come from, by the name that the argument `backend` takes.
public struct Backend: Sendable {
    public let name: String
    /// Equal seeds and actions may give different episodes.
    public let isNondeterministic: Bool
    /// Opens a farm of a scenario at a speed (scenario seconds in a real second); throws `FarmError`.
    public let open: @Sendable (Scenario, Double) async throws -> sending any AsyncFarm

    public init(
        name: String, isNondeterministic: Bool,
        open: @escaping @Sendable (Scenario, Double) async throws -> sending any AsyncFarm
    ) {
        self.name = name
        self.isNondeterministic = isNondeterministic
        self.open = open
    }
}
