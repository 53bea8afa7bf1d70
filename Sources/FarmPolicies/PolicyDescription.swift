public import Farm

/// What the catalogue knows of a policy.
public struct PolicyDescription: Sendable {
    public let name: String
    /// One line.
    public let summary: String
    /// The first is the one that a bare value sets, as in `static:12`. A timetable has none: it reads steps and levels.
    public let parameters: [PolicyParameter]
    /// What a farm's metrics must tell; without it the rule takes a 0 for the truth.
    public let needs: MetricAbsences
    /// Document and section of the published rule.
    public let source: String
    let make: @Sendable (PolicyArguments) throws(PolicyError) -> any StageRule

    init(
        _ name: String, _ summary: String, parameters: [PolicyParameter] = [], needs: MetricAbsences, source: String,
        make: @escaping @Sendable (PolicyArguments) throws(PolicyError) -> any StageRule
    ) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
        self.needs = needs
        self.source = source
        self.make = make
    }
}
