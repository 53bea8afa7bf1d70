import Farm
import Randomness
import Testing

@Suite struct SuiteLoadTests {
    @Test("Seven loads, each of scenarios that can be written down and read back")
    func table() throws {
        let loads = SuiteLoad.standard
        #expect(loads.map(\.name) == ["steady", "daily", "flash", "bursty", "ramp", "drift", "shuffled"])
        for scenario in loads.flatMap({ [$0.tuning] + $0.tests }) {
            #expect(try Scenario(yaml: scenario.yaml, file: "suite.yaml") == scenario)
            #expect(scenario.warnings.isEmpty, "\(scenario.name): \(scenario.warnings)")
        }
    }

    @Test("No test segment is the tuning segment, but for the preset whose segments are seeds")
    func segments() {
        for load in SuiteLoad.standard {
            #expect(!load.tests.isEmpty && Set(load.tests).count == load.tests.count)
            #expect(load.tests.contains(load.tuning) == (load.name == "shuffled"))
            #expect(load.name == "shuffled" || load.tests.allSatisfy { $0.steps >= 300 && $0.stepSeconds == 8 })
        }
    }

    @Test("The loads are fixed: so many tasks in the first episode of each segment")
    func counts() {
        let counts = SuiteLoad.standard.map { load in
            ([load.tuning] + load.tests).map { TaskStream(scenario: $0, seed: Seed(1)).tasks.count }
        }
        #expect(
            counts == [
                [25_293, 24_987, 26_608], [31_728, 32_277, 31_789, 38_730], [7_844, 7_844, 7_785, 8_208],
                [8_952, 7_430, 7_068], [21_513, 20_150, 22_438], [20_559, 20_559, 20_559], [512, 512],
            ])
    }
}

@Suite struct SuiteFileTests {
    private func read(_ yaml: String) throws -> [SuiteLoad] {
        try SuiteLoad.list(yaml: yaml, file: "suite.yaml") { try Scenario.preset($0) }
    }

    @Test("A file lists loads of the table and own ones")
    func list() throws {
        let loads = try read(
            "standard: [flash]\nloads:\n  - {name: mine, summary: two, tuning: steady, tests: [burst, oscillating]}\n")
        #expect(loads.map(\.name) == ["flash", "mine"])
        #expect(loads[1].tuning.name == "steady" && loads[1].tests.map(\.name) == ["burst", "oscillating"])
    }

    @Test(
        "What is no suite is refused with the line",
        arguments: [
            ("loads: []", 1, "the suite has no loads"), ("standard: [flush]", 1, "did you mean \"flash\"?"),
            ("standard: flash", 1, "standard must be a list of names"),
            ("loads:\n  - {name: a, tests: [demo]}", 2, "loads[0].tuning is missing"),
            ("loads:\n  - {name: a, tuning: demo}", 2, "loads[0].tests is missing"),
            ("loads:\n  - {name: a, tuning: demo, tests: []}", 2, "loads[0].tests is missing"),
            ("loads:\n  - {tuning: demo, tests: [demo]}", 2, "loads[0].name is missing"),
            ("loads:\n  - {name: a, tuning: nothing, tests: [demo]}", 0, "there is no preset \"nothing\""),
            ("loads:\n  - {name: a, tuning: demo, test: [demo]}", 2, "unknown key \"test\""),
            ("standard: [flash, flash]", 1, "two loads have the name \"flash\""),
        ])
    func refusal(_ yaml: String, _ line: Int, _ reason: String) {
        let error = #expect(throws: ScenarioError.self) { try read(yaml) }
        #expect(error?.line == line)
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }
}
