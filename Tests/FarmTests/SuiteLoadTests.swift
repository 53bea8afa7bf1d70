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
