import TestSupport
import Testing

@testable import Farm

struct StagesTests {
    private static let file = """
        arrivals: {phases: [{seconds: 60, rate: 5}]}
        deadline: {factor: 3, min: 0.5, max: 9}
        step: 2
        stages:
          - name: resize
            service: {constant: 0.5}
            workers: {max: 8, initial: 2}
            deadline_share: 0.25
          - service: {gamma: {shape: 4, mean: 1.5}}
            workers: {min: 2, max: 20}
            start_up: 4
        """

    @Test("Each stage has its own service time, workers, start-up and part of the deadline")
    func reading() throws {
        let scenario = try Scenario(yaml: StagesTests.file, file: "line.yaml")
        #expect(
            Array(scenario.stages) == [
                Stage(
                    name: "resize", service: ServiceTime(.constant(0.5)),
                    workers: WorkerBounds(min: 1, max: 8, initial: 2), deadlineShare: 0.25),
                Stage(
                    name: "stage-2", service: ServiceTime(.gamma(shape: 4, mean: 1.5)),
                    workers: WorkerBounds(min: 2, max: 20, initial: 2), startUp: StartUpDelay(mean: 4),
                    deadlineShare: 0.5),
            ])
        #expect(scenario.meanService == 2 && scenario.meanDeadline == 6)
        #expect(scenario.workers == WorkerBounds(min: 3, max: 28, initial: 4))
    }

    @Test(
        "A pipeline that is written reads back as the same",
        arguments: [StagesTests.file, StagesTests.file.replacing("- service", with: "- name: b\n    service")])
    func roundTrip(file: String) throws {
        let scenario = try Scenario(yaml: file, file: "line.yaml")
        #expect(try Scenario(yaml: scenario.yaml, file: "again.yaml") == scenario)
        #expect(scenario.yaml.contains("\nstages:\n  - name: "))
    }

    @Test("Any scenario of any stages that a file can hold reads back as the same")
    func anyRoundTrip() throws {
        var generator = SplitMix64(seed: 15)
        for _ in 0..<200 {
            var scenario = Scenario.random(using: &generator)
            let count = Int.random(in: 1...5, using: &generator)
            scenario.stages = try #require(
                PerStage(
                    (1...count).map { index in
                        var stage = Scenario.random(using: &generator).stages.first
                        stage.name = "part-\(index)"
                        stage.deadlineShare = Double.random(in: 0.001...1 / Double(count), using: &generator)
                        return stage
                    }))
            while scenario.impossibility != nil { scenario.retry.attemptLimit *= 2 }
            guard scenario.meanDeadline >= 0.001 else { continue }
            #expect(try Scenario(yaml: scenario.yaml, file: "x") == scenario)
        }
    }

    @Test("One stage is written as ever, whether it was read from a list or not; one with a name keeps it")
    func oneStage() throws {
        let plain = try Scenario.preset("demo")
        #expect(!plain.yaml.contains("stages") && plain.yaml.contains("\nservice: {"))
        let named = try Scenario(
            yaml: "base: demo\nstages:\n  - {name: only, service: {constant: 1}, workers: {max: 4}}\n", file: "x")
        #expect(named.stages.count == 1 && named.stages.first.deadlineShare == 1)
        #expect(try Scenario(yaml: named.yaml, file: "again") == named)
        try named.checkThatItRuns()
    }

    @Test("Of a base, stages replace the only one")
    func base() throws {
        let parts = "{service: {constant: 1}, workers: {max: 4}}"
        let scenario = try Scenario(yaml: "base: demo\nname: two\nstages: [\(parts), \(parts)]\n", file: "x")
        #expect(scenario.stages.map(\.name) == PerStage("stage-1", ["stage-2"]) && scenario.steps == 20)
    }

    @Test(
        "What contradicts the stages is refused at its line",
        arguments: [
            ("step: 2", "step: 2\nservice: {constant: 1}", 4, "service does not go with stages"),
            ("step: 2", "step: 2\nworkers: {max: 2}", 4, "workers does not go with stages"),
            ("step: 2", "step: 2\nstart_up: 3", 4, "start_up does not go with stages"),
            ("initial: 2", "initial: 9", 7, "stages[0].workers.initial is 9"),
            ("{constant: 0.5}", "{constant: -1}", 6, "stages[0].service.constant must be"),
            ("{constant: 0.5}", "{}", 6, "stages[0].service must have one of"),
            ("    start_up: 4", "    start_up: {sd: 1}", 11, "stages[1].start_up.mean is missing"),
            ("    start_up: 4", "    startup: 4", 11, "unknown key \"startup\" in stages[1]"),
            ("    workers: {max: 8, initial: 2}\n", "", 5, "stages[0].workers is missing"),
            ("name: resize", "name: Resize", 5, "stages[0].name must be 1 to 64 lower-case"),
            ("name: resize", "name: stage-2", 9, "two stages have the name \"stage-2\""),
            ("deadline_share: 0.25", "deadline_share: 0", 8, "stages[0].deadline_share must be a number"),
            ("deadline_share: 0.25", "deadline_share: 0.75", 4, "come to 1.25, expected 1 at most"),
            ("{constant: 0.5}", "{constant: 90}", 4, "an attempt is given up"),
        ])
    func refusals(old: String, new: String, line: Int, reason: String) {
        let file = StagesTests.file.replacing(old, with: new, maxReplacements: 1)
        let error = #expect(throws: ScenarioError.self) { try Scenario(yaml: file, file: "line.yaml") }
        #expect(error?.line == line && error?.reason.contains(reason) == true, "\(String(describing: error))")
    }

    @Test("Stages are a list of some", arguments: ["stages: []", "stages: 3", "stages: {a: 1}"])
    func noList(text: String) {
        let error = #expect(throws: ScenarioError.self) { try Scenario(yaml: "base: demo\n\(text)", file: "x") }
        #expect(error?.line == 2 && error?.reason.contains("stages must be a list of 1 to 16") == true)
    }

    @Test("A pipeline is not run, and says so")
    func refused() throws {
        let scenario = try Scenario(yaml: StagesTests.file, file: "x")
        let error = #expect(throws: FarmError.self) { try scenario.checkThatItRuns() }
        #expect(error?.kind == .unsupported(argument: "scenario"))
        #expect(error?.description.contains("2 stages, and pipelines are not offered yet") == true)
    }

    @Test("What there is of each stage is a collection of one at least, with the first in place")
    func perStage() {
        var staffing = Staffing(4, [5, 6])
        staffing[2] += 1
        #expect(Array(staffing) == [4, 5, 7] && staffing.count == 3 && staffing.first == 4 && staffing.last == 7)
        #expect(staffing.sum { $0 } == 16 && staffing.map { 2 * $0 } == Staffing(8, [10, 14]))
        #expect(Staffing([]) == nil && Staffing([1, 2]) == Staffing(1, [2]) && Staffing(3) != Staffing(3, [3]))
        #expect(MemoryLayout<Staffing>.size == 2 * MemoryLayout<Int>.size)
    }
}
