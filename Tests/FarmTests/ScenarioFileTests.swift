import Testing

@testable import Farm

struct ScenarioFileTests {
    private let valid = """
        name: shop
        arrivals:
          phases:
            - {name: calm, seconds: 30, rate: 2}
            - {name: rush, seconds: 30, rate: {from: 2, to: 9}, tasks: 100}
            - {seconds: 10, rate: {mean: 5, amplitude: 2, cycles: 1}}
        service: {gamma: {shape: 4, mean: 0.5}, min: 0.1, max: 2}
        deadline: {factor: 3, min: 0.2, max: 5}
        workers: {min: 1, max: 9, initial: 3}
        start_up: {mean: 2, sd: 0.5}
        step: 5
        steps: 12
        scaling: blocking
        retry: never
        """

    @Test("A file says what it says")
    func reading() throws {
        let scenario = try Scenario(yaml: valid, file: "shop.yaml")
        #expect(scenario.name == "shop")
        #expect(scenario.workers == WorkerBounds(min: 1, max: 9, initial: 3))
        #expect(scenario.scaling == .blocking)
        #expect(scenario.retry.maxAttempts == 1)
        #expect(scenario.startUp.max == 3.5)
    }

    @Test("What is written reads back equal", arguments: Scenario.presetNames)
    func presetsRoundTrip(name: String) throws {
        let scenario = try Scenario.preset(name)
        #expect(try Scenario(yaml: scenario.yaml, file: name) == scenario)
    }

    @Test("A file's scenario is written and reads back equal")
    func fileRoundTrip() throws {
        let scenario = try Scenario(yaml: valid, file: "shop.yaml")
        #expect(try Scenario(yaml: scenario.yaml, file: "again") == scenario)
    }

    @Test("What cannot be is refused with its line", arguments: [
        ("rate: 2}", "rate: -2}", 4), ("max: 9", "max: 0", 9), ("initial: 3", "initial: 10", 9), ("step: 5", "step: 0", 11),
        ("steps: 12", "steps: many", 12), ("scaling: blocking", "scaling: soon", 13), ("retry: never", "retires: never", 14),
        ("name: shop", "name: shop\nname: shop", 1), ("mean: 0.5", "mean: .nan", 7),
    ])
    func refusals(old: String, new: String, line: Int) {
        #expect {
            try Scenario(yaml: valid.replacing(old, with: new), file: "shop.yaml")
        } throws: {
            ($0 as? ScenarioError)?.line == line && ($0 as? ScenarioError)?.file == "shop.yaml"
        }
    }

    @Test("A bag is JSON Lines, refused with the line of the file")
    func bag() throws {
        let file = valid.replacing(
            try Regex("arrivals:\n(?s:.*)service"),
            with: "arrivals:\n  bag: |\n    {\"payload\": {\"ms\": 5}, \"at\": 2}\n    {\"seconds\": 0.5, \"deadline\": 3}\nservice")
        let scenario = try Scenario(yaml: file, file: "bag.yaml")
        var generator = SystemRandomNumberGenerator()
        let tasks = TaskStream(scenario: scenario, using: &generator).tasks
        #expect(tasks.map(\.generatedAt) == [0, 2])
        #expect(tasks.map(\.deadlineAt)[0] == 3)
        #expect(tasks[1].payload == Array(#"{"ms":5}"#.utf8))
        #expect {
            try Scenario(yaml: file.replacing("deadline\": 3", with: "deadlin\": 3"), file: "bag.yaml")
        } throws: {
            ($0 as? ScenarioError)?.line == 5
        }
    }

    @Test("The phases of paper emit exactly their tasks, in order and in their time")
    func paperArrivals() throws {
        var generator = SystemRandomNumberGenerator()
        let tasks = TaskStream(scenario: try Scenario.preset("paper"), using: &generator).tasks
        #expect(tasks.count == 1_140)
        #expect(tasks.map(\.generatedAt) == tasks.map(\.generatedAt).sorted())
        #expect(tasks.count { $0.generatedAt < 60 } == 90)
        #expect(tasks.allSatisfy { ($0.serviceSeconds ?? 0) >= 0.0465 && ($0.serviceSeconds ?? 9) <= 2.870 })
    }
}
