import Testing

@testable import Farm

struct ScenarioRefusalTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        let old: String
        let new: String
        let line: Int
        let reason: String

        init(_ old: String, _ new: String, _ line: Int, _ reason: String) {
            self.old = old
            self.new = new
            self.line = line
            self.reason = reason
        }

        var testDescription: String { new }
    }

    private func expectRefusal(_ refusal: Refusal, sourceLocation: SourceLocation = #_sourceLocation) {
        let file = Scenario.validFile.replacing(refusal.old, with: refusal.new)
        #expect(file != Scenario.validFile, sourceLocation: sourceLocation)
        do {
            _ = try Scenario(yaml: file, file: "shop.yaml")
            Issue.record("\(refusal.new) was read", sourceLocation: sourceLocation)
        } catch let error as ScenarioError {
            #expect(error.file == "shop.yaml", sourceLocation: sourceLocation)
            #expect(error.line == refusal.line, "\(error)", sourceLocation: sourceLocation)
            #expect(error.reason.contains(refusal.reason), "\(error)", sourceLocation: sourceLocation)
            #expect(error.description == "shop.yaml:\(error.line): \(error.reason)", sourceLocation: sourceLocation)
        } catch {
            Issue.record("\(error)", sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: [
        Refusal("name: shop", "nmae: shop", 1, "unknown key \"nmae\"; did you mean \"name\"?"),
        Refusal("retry:", "retrys:", 17, "did you mean \"retry\"?"),
        Refusal("initial: 3", "inital: 3", 11, "unknown key \"inital\" in workers; did you mean \"initial\"?"),
        Refusal(
            "sd: 0.5", "deviation: 0.5", 12, "unknown key \"deviation\" in start_up; there are: mean, sd, min, max"),
        Refusal("seconds: 10", "second: 10", 8, "unknown key \"second\" in arrivals.phases[2]"),
        Refusal("cycles: 1", "cycle: 1", 8, "unknown key \"cycle\" in arrivals.phases[2].rate"),
        Refusal("shape: 4", "form: 4", 9, "unknown key \"form\" in service.gamma"),
        Refusal("step: 5", "[1, 2]: 5", 13, "unknown key \"a list\""),
        Refusal("name: shop", "name: shop\nname: shop", 1, "the key \"name\" comes more than once"),
        Refusal("max: 9,", "max: 9, max: 9,", 11, "the key \"max\" comes more than once"),
        Refusal("  phases:", "  bag: |\n    {}\n  phases:", 5, "got phases and bag"),
        Refusal("step: 5", "base: papier\nstep: 5", 13, "base: there is no preset \"papier\"; did you mean \"paper\"?"),
    ])
    func keys(_ refusal: Refusal) { expectRefusal(refusal) }

    @Test(arguments: [
        Refusal(
            "rate: 2}", "rate: -2}", 6, "arrivals.phases[0].rate must be a number from 0 to 1000000000, got \"-2\""),
        Refusal("rate: 2}", "rate: fast}", 6, "got \"fast\""),
        Refusal("rate: 2}", "rate: \"2\"}", 6, "got \"2\""),
        Refusal("rate: 2}", "rate: [2]}", 6, "{from, to}"),
        Refusal("rate: 2}", "rate: }", 6, "got nothing"),
        Refusal("rate: 2}", "rate: {}}", 6, "{mean, amplitude, cycles}"),
        Refusal("to: 9", "to: 9, mean: 2", 7, "{from, to}"),
        Refusal("seconds: 30, rate: 2", "seconds: 1:30, rate: 2", 6, "got \"1:30\""),
        Refusal("mean: 0.5}", "mean: .nan}", 9, "got \".nan\""),
        Refusal("mean: 0.5}", "mean: nan}", 9, "got \"nan\""),
        Refusal("max: 5", "max: .inf", 10, "got \".inf\""),
        Refusal("max: 5", "max: 1e999", 10, "got \"1e999\""),
        Refusal("max: 5", "max: 0x10", 10, "got \"0x10\""),
        Refusal("max: 5", "max: {}", 10, "got a mapping"),
        Refusal("step: 5", "step: [5]", 13, "got a list"),
        Refusal("step: 5", "step: 0", 13, "step must be a number from 0.001"),
        Refusal("steps: 12", "steps: many", 14, "steps must be a whole number from 1 to 1000000, got \"many\""),
        Refusal("steps: 12", "steps: 1.5", 14, "got \"1.5\""),
        Refusal("steps: 12", "steps: 0", 14, "got \"0\""),
        Refusal("steps: 12", "steps: 1000001", 14, "got \"1000001\""),
        Refusal("steps: 12", "steps: 99999999999999999999", 14, "whole number"),
        Refusal("version: 3", "version: 0", 2, "version must be"),
        Refusal("tasks: 100", "tasks: -1", 7, "arrivals.phases[1].tasks must be"),
        Refusal("tasks: 100", "tasks: 1.5", 7, "got \"1.5\""),
        Refusal("name: shop", "name: The Shop", 1, "name must be 1 to 64 lower-case letters"),
        Refusal("name: shop", "name: ''", 1, "name must be"),
        Refusal("name: shop", "name: [shop]", 1, "name must be text, got a list"),
        Refusal("scaling: blocking", "scaling: soon", 15, "scaling must be one of unblocked, blocking; got \"soon\""),
        Refusal("work: sleep", "work: play", 16, "work must be one of sleep, cpu, image"),
        Refusal(
            "retry: {max_attempts: 3, first_delay: 0.1, max_delay: 1}", "retry: always", 17,
            "retry must be never, or a mapping"),
        Refusal(
            "retry: {max_attempts: 3, first_delay: 0.1, max_delay: 1}", "retry: [1]", 17, "retry must be a mapping"),
        Refusal(
            "workers: {min: 1, max: 9, initial: 3}", "workers: 9", 11,
            "workers must be a mapping with the keys min, max, initial"),
        Refusal(
            "service: {gamma: {shape: 4, mean: 0.5}, min: 0.1, max: 2}", "service: {gamma: 4}", 9,
            "service.gamma must be a mapping"),
    ])
    func types(_ refusal: Refusal) { expectRefusal(refusal) }

    @Test(arguments: [
        Refusal("max: 9, initial: 3", "max: 0, initial: 0", 11, "workers.max must be a whole number from 1 to 10000"),
        Refusal("min: 1, max: 9", "min: 10, max: 9", 11, "workers.max is 9, below workers.min, which is 10"),
        Refusal("max: 9,", "max: 10001,", 11, "got \"10001\""),
        Refusal("min: 1, max: 9", "min: -1, max: 9", 11, "workers.min must be a whole number from 0"),
        Refusal("initial: 3", "initial: 10", 11, "workers.initial is 10, expected workers.min to workers.max, 1 to 9"),
        Refusal("min: 1, max: 9, initial: 3", "min: 1", 11, "workers.max is missing"),
        Refusal("min: 0.1, max: 2", "min: 0.1, max: 0.05", 9, "service.max is 0.05, below service.min, which is 0.1"),
        Refusal("shape: 4", "shape: 0", 9, "service.gamma.shape must be a number from 0.01"),
        Refusal("shape: 4, ", "", 9, "service.gamma.shape is missing"),
        Refusal(
            "{gamma: {shape: 4, mean: 0.5},", "{constant: 1, gamma: {shape: 4, mean: 0.5},", 9, "got constant and gamma"
        ),
        Refusal(
            "gamma: {shape: 4, mean: 0.5}, ", "", 9,
            "service must have one of constant, gamma, lognormal, exponential, empirical; got none"),
        Refusal("gamma: {shape: 4, mean: 0.5}", "empirical: []", 9, "service.empirical must be a list of at least one"),
        Refusal("gamma: {shape: 4, mean: 0.5}", "empirical: [1, x]", 9, "service.empirical[1] must be a number"),
        Refusal(
            "gamma: {shape: 4, mean: 0.5}", "lognormal: {mean: 1, cv: 21}", 9,
            "service.lognormal.cv must be a number from 0 to 20"),
        Refusal("min: 0.2, max: 5", "min: 0.2, max: 0.1", 10, "deadline.max is 0.1, below deadline.min, which is 0.2"),
        Refusal("factor: 3, ", "", 10, "deadline has neither seconds"),
        Refusal("factor: 3, ", "seconds: 3, ", 10, "does not go with min"),
        Refusal("{factor: 3, min: 0.2, max: 5}", "{seconds: 0}", 10, "deadline.seconds must be a number from 0.001"),
        Refusal("{factor: 3, min: 0.2, max: 5}", "{factor: 0}", 10, "the deadline of a mean task would be 0.0 s"),
        Refusal("sd: 0.5", "sd: 0.5, min: 4, max: 3", 12, "start_up.max is 3, below start_up.min"),
        Refusal("sd: 0.5", "sd: 0.5, min: 3", 12, "start_up.mean is 2, below start_up.min, which is 3"),
        Refusal("sd: 0.5", "sd: 0.5, max: 1", 12, "start_up.max is 1, below start_up.mean"),
        Refusal("start_up: {mean: 2, sd: 0.5}", "start_up: soon", 12, "start_up must be a number"),
        Refusal("max_delay: 1", "max_delay: 0.01", 17, "retry.max_delay is 0.01, below retry.first_delay"),
        Refusal("max_attempts: 3", "max_attempts: 0", 17, "retry.max_attempts must be a whole number from 1"),
        Refusal("seconds: 30, rate: 2", "seconds: 0, rate: 2", 6, "arrivals.phases[0].seconds must be"),
        Refusal("seconds: 30, rate: 2", "rate: 2", 6, "arrivals.phases[0].seconds is missing"),
        Refusal(", rate: 2}", "}", 6, "arrivals.phases[0].rate is missing"),
        Refusal("from: 2, to: 9", "from: 0, to: 0", 7, "whose rate is always 0"),
        Refusal("from: 2, to: 9", "mean: 0, amplitude: 4, cycles: 0", 7, "whose rate is always 0"),
        Refusal("seconds: 30, rate: 2", "seconds: 1e6, rate: 2e6", 6, "the most is 100000000"),
        Refusal("    - {name: calm, seconds: 30, rate: 2}\n", "    - 5\n", 6, "arrivals.phases[0] must be a mapping"),
    ])
    func ranges(_ refusal: Refusal) { expectRefusal(refusal) }

    @Test("What is required is missed by name", arguments: ["arrivals", "service", "deadline", "workers", "step"])
    func missing(key: String) throws {
        var parts = [
            "arrivals: {phases: [{seconds: 60, rate: 5}]}", "service: {constant: 1}", "deadline: {seconds: 2}",
        ]
        parts += ["workers: {max: 8}", "step: 2"]
        let file = parts.filter { !$0.hasPrefix(key + ":") }.joined(separator: "\n")
        let error = #expect(throws: ScenarioError.self) { try Scenario(yaml: file, file: "x") }
        #expect(error?.reason.hasPrefix("\(key) is missing; give ") == true)
    }

    @Test(arguments: [
        ("arrivals: {}", "arrivals must have one of phases, bag, trace, paced, shuffled; got none"),
        ("arrivals: {phases: []}", "at least one phase"),
        ("arrivals: {phases: 5}", "at least one phase"), ("arrivals: {bag: [1]}", "JSON Lines"),
        ("arrivals: {bag: ''}", "the bag is empty"), ("arrivals: 5", "arrivals must be a mapping"),
        ("arrivals: {phases: [\(String(repeating: "{seconds: 1, rate: 0},", count: 10_001))]}", "there may be 10000"),
    ])
    func emptyArrivals(text: String, reason: String) {
        let error = #expect(throws: ScenarioError.self) {
            try Scenario(
                yaml: "service: {constant: 1}\n\(text)\ndeadline: {seconds: 2}\nworkers: {max: 8}\nstep: 2\n", file: "x"
            )
        }
        #expect(error?.line == 2)
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }
}
