import Farm
import FarmPolicies

/// Asks for the numbers that were recorded, period by period, under a name of its own.
struct RecordedNumbers: FarmPolicy {
    let name: String
    private var plan: PlannedPolicy

    init(_ name: String, _ numbers: [Staffing]) {
        self.name = name
        plan = PlannedPolicy(numbers)
    }

    mutating func begin(_ scenario: Scenario) { plan.begin(scenario) }

    mutating func staffing(after metrics: WindowMetrics) -> Staffing { plan.staffing(after: metrics) }

    /// The text of a policy that asks for the same; nil where it would be longer than one may be.
    static func text(_ numbers: [Staffing]) -> String? {
        var levels: [String] = []
        for (step, number) in numbers.enumerated() where step == 0 || numbers[step - 1].first != number.first {
            levels.append("\(step)=\(number.first)")
        }
        let text = "timetable:" + levels.joined(separator: ",")
        return text.utf8.count <= 100_000 ? text : nil
    }
}
