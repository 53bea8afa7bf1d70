/// What the catalogue knows of a policy.
public struct PolicyDescription: Sendable {
    public let name: String
    /// One line.
    public let summary: String
    /// The first is the one that a bare value sets, as in `static:12`. A timetable has none: it reads steps and levels.
    public let parameters: [PolicyParameter]
    /// Document and section of the published rule.
    public let source: String
    let make: @Sendable (PolicyArguments) throws(PolicyError) -> any StageRule

    init(
        _ name: String, _ summary: String, parameters: [PolicyParameter] = [], source: String,
        make: @escaping @Sendable (PolicyArguments) throws(PolicyError) -> any StageRule
    ) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
        self.source = source
        self.make = make
    }
}
