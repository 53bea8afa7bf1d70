import Testing

@testable import Farm

struct ScenarioConflictsTests {
    private func scenario(_ change: (inout Scenario) throws -> Void) rethrows -> Scenario {
        var scenario = Scenario(
            name: "plain", arrivals: .phases([.init(name: "all", seconds: 100, rate: .constant(1))]),
            service: ServiceTime(.constant(1)), deadline: DeadlineRule(factor: 2, min: 0, max: 1_000),
            workers: WorkerBounds(min: 1, max: 4, initial: 1), stepSeconds: 5, steps: 20)
        try change(&scenario)
        return scenario
    }

    @Test("No preset has settings that leave no room to one another", arguments: Scenario.presetNames)
    func presets(name: String) throws {
        let preset = try Scenario.preset(name)
        #expect(preset.warnings.isEmpty && preset.impossibility == nil)
    }

    @Test("Work that takes longer than an attempt may is refused, with the limit that helps")
    func attemptLimit() throws {
        let text = """
            name: long
            arrivals: {phases: [{seconds: 60, rate: 1}]}
            service: {constant: 600}
            deadline: {seconds: 900}
            workers: {max: 99}
            step: 60
            """
        let error = try #require(throws: ScenarioError.self) { try Scenario(yaml: text, file: "long.yaml") }
        #expect(error.line == 3)
        #expect(error.reason.contains("takes 600 s at least") && error.reason.contains("{attempt_limit: 1200}"))
        let helped = try Scenario(yaml: text + "\nretry: {attempt_limit: 1200}", file: "long.yaml")
        #expect(helped.warnings.isEmpty)
        let short = text + "\nretry: {attempt_limit: 599}"
        #expect(throws: ScenarioError.self) { try Scenario(yaml: short, file: "long.yaml") }
        // Never retried, and given up all the same.
        #expect(throws: ScenarioError.self) { try Scenario(yaml: text + "\nretry: never", file: "long.yaml") }
    }

    @Test("A bag's own times count instead of the scenario's")
    func bag() throws {
        func conflicts(_ lines: String) throws -> (impossibility: String?, warnings: [String]) {
            let made = try scenario {
                $0.arrivals = .bag(try TaskBag(jsonLines: lines))
                $0.retry.attemptLimit = 0.5
            }
            return (made.impossibility, made.warnings)
        }
        #expect(try conflicts("{\"seconds\": 0.2}").impossibility == nil)
        #expect(try conflicts("{\"seconds\": 2}").impossibility != nil)
        #expect(try conflicts("{}").impossibility != nil)
        // What a payload takes, only the function knows.
        #expect(try conflicts("{\"payload\": \"x\"}") == (nil, []))
        let some = try conflicts("{\"seconds\": 0.2}\n{\"seconds\": 2}")
        #expect(
            some.impossibility == nil && some.warnings.count == 1 && some.warnings[0].contains("some tasks take 2 s"))
    }

    @Test("What is allowed and hardly meant is warned of, each with what to change")
    func warnings() {
        func warned(_ part: String, _ change: (inout Scenario) -> Void) {
            let warnings = scenario(change).warnings
            #expect(warnings.contains { $0.contains(part) }, "\(warnings)")
        }
        #expect(scenario { _ in }.warnings.isEmpty)
        warned("raise deadline") { $0.deadline = DeadlineRule(factor: 0, min: 0.5, max: 0.5) }
        warned("workers.max is 4") { $0.stages.first.service = ServiceTime(.constant(8)) }
        warned("whether it is met is never known") { $0.deadline = DeadlineRule(factor: 0, min: 200, max: 200) }
        warned("none that is asked for is ever ready") { $0.stages.first.startUp = StartUpDelay(mean: 150) }
        warned("some tasks take 90 s") {
            $0.stages.first.service = ServiceTime(.empirical([0.1, 0.1, 0.1, 90] + .init(repeating: 0.1, count: 200)))
        }
        warned("no task is done in it") {
            $0.arrivals = .phases([.init(name: "few", seconds: 100, rate: .constant(0.001))])
            $0.stages.first.service = ServiceTime(.constant(150))
            $0.retry.attemptLimit = 300
        }
    }
}
