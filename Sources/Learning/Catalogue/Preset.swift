/// Named hyper-parameters: what differs from an algorithm's defaults.
public struct Preset<Configuration: LearnerConfiguration>: Sendable {
    public let name: String
    /// What it is for, in a line for people.
    public let summary: String
    public let configuration: Configuration

    public init(_ name: String, _ summary: String, _ change: (inout Configuration) -> Void = { _ in }) {
        self.name = name
        self.summary = summary
        var configuration = Configuration()
        change(&configuration)
        self.configuration = configuration
    }
}
