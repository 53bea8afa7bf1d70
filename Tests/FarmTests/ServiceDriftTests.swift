import Farm
import Randomness
import Testing

@Suite struct ServiceDriftTests {
    private let drift = ServiceDrift([.init(at: 10, factor: 1), .init(at: 20, factor: 2), .init(at: 30, factor: 0.5)])

    @Test("Between points the factor changes evenly; before and after them it stays")
    func factor() {
        #expect([0.0, 10, 15, 20, 22, 30, 1e9].map(drift.factor) == [1, 1, 1.5, 2, 1.7, 0.5, 0.5])
        #expect(ServiceDrift([]).factor(at: 3) == 1)
        #expect(ServiceDrift([.init(at: 5, factor: 3)]).factor(at: 0) == 3)
    }

    @Test("Drift multiplies what was drawn, and moves no draw")
    func tasks() throws {
        var scenario = try Scenario.preset("steady")
        let plain = TaskStream(scenario: scenario, seed: Seed(4)).tasks
        scenario.stages.first.service.drift = drift
        let drifted = TaskStream(scenario: scenario, seed: Seed(4)).tasks
        try #require(plain.count > 100 && plain.map(\.generatedAt) == drifted.map(\.generatedAt))
        for (one, other) in zip(plain, drifted) {
            let seconds = try #require(one.serviceSeconds)
            #expect(other.serviceSeconds == seconds * drift.factor(at: one.generatedAt))
        }
        #expect(plain != drifted)
    }

    @Test("A file says the drift, and it is written back")
    func file() throws {
        let text = "base: steady\nservice: {constant: 1, drift: [{at: 10, factor: 1}, {at: 20, factor: 2.5}]}\n"
        let scenario = try Scenario(yaml: text, file: "d.yaml")
        #expect(scenario.stages.first.service.drift?.points.map(\.factor) == [1, 2.5])
        #expect(try Scenario(yaml: scenario.yaml, file: "again.yaml") == scenario)
    }

    @Test(
        "What is no drift is refused with the line",
        arguments: [
            ("[]", "must be a list of 1 to 10000 points"), ("3", "must be a list"),
            ("[{at: 1, factor: 0}]", "drift[0].factor must be a number from 0.001 to 1000"),
            ("[{at: 5, factor: 1}, {at: 5, factor: 2}]", "more than that of the point before, 5.0"),
            ("[{at: 5, factor: 1, to: 2}]", "unknown key \"to\""), ("[{factor: 1}]", "at is missing"),
        ])
    func refusal(_ drift: String, _ reason: String) {
        let error = #expect(throws: ScenarioError.self) {
            try Scenario(yaml: "base: steady\nservice: {constant: 1, drift: \(drift)}\n", file: "d.yaml")
        }
        #expect(error?.line == 2)
        #expect(error.map { "\($0)" }?.contains(reason) == true, "\(String(describing: error))")
    }

    @Test("Work that drift makes longer than an attempt's limit is told of")
    func limits() throws {
        var scenario = try Scenario.preset("steady")
        scenario.stages.first.service = ServiceTime(
            .constant(40), drift: ServiceDrift([.init(at: 0, factor: 1), .init(at: 100, factor: 2)]))
        #expect(scenario.impossibility == nil)
        #expect(scenario.warnings.contains { $0.contains("some tasks take 80 s") })
    }
}
