import Testing

@testable import Farm

struct ScenarioFileTests {
    @Test("A file says what it says")
    func reading() throws {
        let scenario = try Scenario(yaml: Scenario.validFile, file: "shop.yaml")
        #expect(
            scenario
                == Scenario(
                    name: "shop", version: 3, summary: "a shop",
                    arrivals: .phases([
                        .init(name: "calm", seconds: 30, rate: .constant(2)),
                        .init(name: "rush", seconds: 30, rate: .ramp(from: 2, to: 9), tasks: 100),
                        .init(name: "phase-3", seconds: 10, rate: .sine(mean: 5, amplitude: 2, cycles: 1)),
                    ]),
                    service: ServiceTime(.gamma(shape: 4, mean: 0.5), min: 0.1, max: 2),
                    deadline: DeadlineRule(factor: 3, min: 0.2, max: 5),
                    workers: WorkerBounds(min: 1, max: 9, initial: 3),
                    startUp: StartUpDelay(mean: 2, standardDeviation: 0.5, min: 0.5, max: 3.5), stepSeconds: 5,
                    steps: 12,
                    scaling: .blocking, work: .sleep, retry: RetryPolicy(maxAttempts: 3, firstDelay: 0.1, maxDelay: 1)))
    }

    @Test("What may be left out has the documented defaults")
    func defaults() throws {
        let scenario = try Scenario(
            yaml: """
                arrivals: {phases: [{seconds: 60, rate: 5}]}
                service: {constant: 1}
                deadline: {seconds: 2}
                workers: {max: 8}
                step: 2
                """, file: "short.yaml")
        #expect(
            scenario
                == Scenario(
                    name: "unnamed", arrivals: .phases([.init(name: "phase-1", seconds: 60, rate: .constant(5))]),
                    service: ServiceTime(.constant(1)), deadline: DeadlineRule(factor: 0, min: 2, max: 2),
                    workers: WorkerBounds(min: 1, max: 8, initial: 1), stepSeconds: 2, steps: 30))
    }

    @Test(arguments: [
        ("{constant: 0.25}", ServiceTime(.constant(0.25))),
        ("{lognormal: {mean: 2, cv: 0.5}, max: 9}", ServiceTime(.lognormal(mean: 2, cv: 0.5), max: 9)),
        ("{empirical: [1, 2.5, .5, 1e-3], min: 0.01}", ServiceTime(.empirical([1, 2.5, 0.5, 0.001]), min: 0.01)),
    ])
    func serviceTimes(text: String, service: ServiceTime) throws {
        let file = Scenario.validFile.replacing("{gamma: {shape: 4, mean: 0.5}, min: 0.1, max: 2}", with: text)
        #expect(try Scenario(yaml: file, file: "shop.yaml").stages.first.service == service)
    }

    @Test(
        "A number is a start-up delay without spread; never is one attempt; a long first delay raises the longest one")
    func shortForms() throws {
        let file = Scenario.validFile.replacing("{mean: 2, sd: 0.5}", with: "4")
        #expect(try Scenario(yaml: file, file: "x").stages.first.startUp == StartUpDelay(mean: 4))
        let retry = "{max_attempts: 3, first_delay: 0.1, max_delay: 1}"
        #expect(
            try Scenario(yaml: Scenario.validFile.replacing(retry, with: "never"), file: "x").retry
                == RetryPolicy(maxAttempts: 1))
        #expect(
            try Scenario(yaml: Scenario.validFile.replacing(retry, with: "{first_delay: 7}"), file: "x").retry.maxDelay
                == 7)
    }

    @Test("A file that begins with a preset replaces its keys")
    func base() throws {
        let scenario = try Scenario(
            yaml: "base: paper@1\nname: small-paper\nscaling: unblocked\nworkers: {min: 2, max: 20, initial: 10}\n",
            file: "x")
        var expected = try Scenario.preset("paper")
        expected.name = "small-paper"
        expected.scaling = .unblocked
        expected.stages.first.workers = WorkerBounds(min: 2, max: 20, initial: 10)
        #expect(scenario == expected)
        #expect(try Scenario(yaml: "base: demo", file: "x") == Scenario.preset("demo"))
        #expect(try Scenario(yaml: scenario.yaml, file: "x") == scenario)
    }

    @Test("Windows' line ends, a byte order mark and document marks make no difference")
    func otherTexts() throws {
        let scenario = try Scenario(yaml: Scenario.validFile, file: "x")
        #expect(try Scenario(yaml: Scenario.validFile.replacing("\n", with: "\r\n"), file: "x") == scenario)
        #expect(try Scenario(yaml: "\u{FEFF}" + Scenario.validFile, file: "x") == scenario)
        #expect(try Scenario(yaml: "# shop\n---\n\(Scenario.validFile)...\n", file: "x") == scenario)
    }
}
