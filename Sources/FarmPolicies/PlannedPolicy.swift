public import Farm

/// Asks for what a plan says, whatever happens: its step's numbers, the last ones once it has ended.
public struct PlannedPolicy: FarmPolicy {
    private let plan: [Staffing]

    /// - Parameter plan: the numbers of at least one step.
    public init(_ plan: [Staffing]) { self.plan = plan }

    /// No text makes this policy.
    public var name: String { "planned" }

    public mutating func begin(_ scenario: Scenario) {}

    public mutating func staffing(after metrics: WindowMetrics) -> Staffing {
        plan.isEmpty ? metrics.staffing : plan[min(max(metrics.step, 0), plan.count - 1)]
    }
}
