import Farm
import FarmPolicies
import Testing

struct StagesTests {
    @Test(
        "Each stage has a rule of its own, which sees the stage as a farm", arguments: PolicyCatalogue.all.map(\.name))
    func aRuleAStage(name: String) throws {
        let text = ["static": "static:3", "timetable": "timetable:0=3"][name] ?? name
        let bounds = [WorkerBounds(min: 1, max: 9, initial: 2), WorkerBounds(min: 0, max: 30, initial: 5)]
        let alone = bounds.map { Scenario.plain(workers: $0) }
        var scenario = alone[0]
        scenario.stages.rest = [alone[1].stages.first]
        var policy = try PolicyCatalogue.policy(text)
        var rules = try [PolicyCatalogue.policy(text), PolicyCatalogue.policy(text)]
        policy.begin(scenario)
        for stage in 0..<2 { rules[stage].begin(alone[stage]) }
        for step in 0..<20 {
            var window = WindowMetrics.window(workers: 4, at: Double(step) * 5)
            var second = window.stages.first
            (second.queueLength, second.running, second.utilisation, second.completions) = (9 * step, 4, 0.9, 8)
            window.stages.rest = [second]
            var other = window
            other.stages = PerStage(second)
            let expected = [window.narrowed(to: 0), other].enumerated().map { stage, window in
                rules[stage].staffing(after: window).first
            }
            #expect(Array(policy.staffing(after: window)) == expected)
        }
    }
}
