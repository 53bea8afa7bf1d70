import Testing

@testable import Farm

/// The task sources of a file that are neither phases nor a bag, and what it says of a simulated farm's platform.
struct ScenarioSourcesTests {
    private static let rest = "service: {constant: 1}\ndeadline: {seconds: 2}\nworkers: {max: 8}\nstep: 2\n"
    private static let plain = "arrivals: {phases: [{seconds: 60, rate: 5}]}\n"

    private func scenario(_ text: String) throws -> Scenario { try Scenario(yaml: text + Self.rest, file: "x.yaml") }

    @Test("A trace is read, exact unless it says otherwise, at a speed of its own")
    func trace() throws {
        let csv =
            "  trace:\n    csv: |\n      # From there.\n      start_seconds,requests\n      0,4\n      60,0\n      120,7\n"
        #expect(
            try scenario("arrivals:\n" + csv).arrivals
                == .trace(ArrivalTrace(seconds: 60, counts: [4, 0, 7], source: "From there.")))
        #expect(
            try scenario("arrivals:\n" + csv + "    exact: false\n    speed: 12\n").arrivals
                == .trace(ArrivalTrace(seconds: 5, counts: [4, 0, 7], isExact: false, source: "From there.")))
    }

    @Test("Paced and shuffled arrivals are read, with their defaults")
    func others() throws {
        #expect(
            try scenario("arrivals: {paced: {phases: [{tasks: 9, windows: 3}, {name: b, tasks: 1, windows: 1}]}}\n")
                .arrivals
                == .paced(
                    PacedArrivals(
                        phases: [.init(name: "phase-1", tasks: 9, windows: 3), .init(name: "b", tasks: 1, windows: 1)]))
        )
        #expect(
            try scenario("arrivals: {paced: {window: 2, start: {min: 1, max: 3}, phases: [{tasks: 1, windows: 1}]}}\n")
                .arrivals
                == .paced(
                    PacedArrivals(
                        phases: [.init(name: "phase-1", tasks: 1, windows: 1)], windowSeconds: 2, startMin: 1,
                        startMax: 3)))
        #expect(
            try scenario("arrivals: {shuffled: {}}\n").arrivals
                == .shuffled(ShuffledArrivals(phases: 4...8, seconds: 20...90, rate: 0.5...9)))
        let bounds = "{phases: {min: 2, max: 3}, seconds: {min: 1, max: 2}, rate: {min: 3, max: 3}}"
        #expect(
            try scenario("arrivals: {shuffled: \(bounds)}\n").arrivals
                == .shuffled(ShuffledArrivals(phases: 2...3, seconds: 1...2, rate: 3...3)))
    }

    @Test("A platform and its faults are read; what is left out is exact, graceful and without fault")
    func platform() throws {
        let text = """
            platform: {idle_poll: 0.1, busy_poll: 0.003, collect_poll: 0.2, start_confirm: 1, stop_poll: 2, stop: [1, 3],
              observe: 0.3, sliding: true, dispatch: {random: 4}, scale_down: abrupt}
            faults: {start: 0.1, attempt: 0.2, slow: 0.3, slow_factor: 4}

            """
        var platform = Platform()
        platform.idlePoll = 0.1
        platform.busyPoll = 0.003
        platform.collectPoll = 0.2
        platform.startConfirm = 1
        platform.stopPoll = 2
        platform.stop = [1, 3]
        platform.observe = 0.3
        platform.isSliding = true
        platform.dispatch = .random(functions: 4)
        platform.scaleDown = .abrupt
        var faults = Faults()
        faults.start = 0.1
        faults.attempt = 0.2
        faults.slow = 0.3
        faults.slowFactor = 4
        let read = try scenario(Self.plain + text)
        #expect(read.platform == platform && read.faults == faults)
        let empty = try scenario(Self.plain + "platform: {}\nfaults: {}\n")
        #expect(empty.platform == Platform() && empty.faults == Faults())
        #expect(try scenario(Self.plain + "platform: {dispatch: exact}\n").platform == Platform())
        // A preset's platform is kept unless the file has one.
        #expect(try Scenario(yaml: "base: paper", file: "x").platform == Scenario.preset("paper").platform)
    }

    @Test("A start-up with a tail, one of given values, pixels and exponential work are read")
    func parts() throws {
        var tailed = StartUpDelay(mean: 5, standardDeviation: 1, min: 4, max: 8)
        tailed.tailProbability = 0.25
        tailed.tailMax = 13
        let text = "start_up: {mean: 5, sd: 1, min: 4, max: 8, tail: {probability: 0.25, max: 13}}\n"
        #expect(try scenario(Self.plain + text).stages.first.startUp == tailed)
        #expect(
            try scenario(Self.plain + "start_up: {empirical: [1, 2.5]}\n").stages.first.startUp
                == StartUpDelay(empirical: [1, 2.5]))
        let work = Self.rest.replacing("{constant: 1}", with: "{exponential: {mean: 2}, pixels: {a: 1e-7, b: 0.5}}")
        #expect(
            try Scenario(yaml: Self.plain + work, file: "x").stages.first.service
                == ServiceTime(.exponential(mean: 2), pixels: PixelTimes(a: 1e-7, b: 0.5)))
    }

    @Test(arguments: [
        ("arrivals: {trace: 5}", 1, "arrivals.trace must be a mapping with the keys csv, exact, speed"),
        ("arrivals: {trace: {}}", 1, "arrivals.trace.csv must be text"),
        ("arrivals:\n  trace:\n    csv: [1]", 3, "arrivals.trace.csv must be text"),
        ("arrivals:\n  trace:\n    csv: |\n      start,requests", 4, "a trace begins with the heading"),
        ("arrivals:\n  trace:\n    csv: |\n      start_seconds,requests\n      0,1\n      60,-1", 6, "got -1"),
        ("arrivals:\n  trace:\n    csv: |\n      start_seconds,requests\n      0,1\n      60,1\n      60,1", 7, "hole"),
        (
            "arrivals:\n  trace:\n    csv: |\n      start_seconds,requests\n      0,1e9\n      60,1", 3,
            "may have 100000000 requests"
        ),
        (
            "arrivals:\n  trace:\n    exact: maybe\n    csv: |\n      start_seconds,requests", 3,
            "exact must be true or false"
        ),
        ("arrivals:\n  trace:\n    rows: 5", 3, "unknown key \"rows\" in arrivals.trace"),
        (
            "arrivals:\n  trace:\n    speed: 0\n    csv: |\n      start_seconds,requests\n      0,1\n      60,1", 3,
            "arrivals.trace.speed must be a number from"
        ),
    ])
    func traces(text: String, line: Int, reason: String) { expectRefusal(text, line, reason) }

    @Test(arguments: [
        ("arrivals: {paced: []}", 1, "arrivals.paced must be a mapping with the keys window, start, phases"),
        ("arrivals:\n  paced:\n    window: 1", 3, "arrivals.paced.phases must be a list of 1 to 10000 phases"),
        ("arrivals:\n  paced:\n    phases: []", 3, "list of 1 to 10000 phases"),
        ("arrivals:\n  paced:\n    phases:\n      - {tasks: 5}", 4, "a paced phase needs tasks and windows"),
        (
            "arrivals:\n  paced:\n    phases:\n      - {tasks: 5, windows: 0}", 4,
            "windows must be a whole number from 1"
        ),
        ("arrivals:\n  paced:\n    phases:\n      - {tasks: -5, windows: 1}", 4, "tasks must be a whole number from 0"),
        ("arrivals:\n  paced:\n    phases:\n      - {tasks: 0, windows: 1}", 3, "bring no task at all"),
        ("arrivals:\n  paced:\n    phases:\n      - {task: 1, windows: 1}", 4, "did you mean \"tasks\""),
        (
            "arrivals:\n  paced:\n    start: {min: 2, max: 1}\n    phases: [{tasks: 1, windows: 1}]", 3,
            "below arrivals.paced.start.min"
        ),
        (
            "arrivals:\n  paced:\n    start: 2\n    phases: [{tasks: 1, windows: 1}]", 3,
            "must be a mapping with the keys min, max"
        ),
        (
            "arrivals:\n  paced:\n    window: 0\n    phases: [{tasks: 1, windows: 1}]", 3,
            "arrivals.paced.window must be a number from 0.001"
        ),
        ("arrivals: {shuffled: 5}", 1, "arrivals.shuffled must be a mapping with the keys phases, seconds, rate"),
        ("arrivals:\n  shuffled:\n    phases: {min: 0, max: 3}", 3, "phases.min must be a whole number from 1 to 1000"),
        (
            "arrivals:\n  shuffled:\n    phases: {min: 5, max: 3}", 3,
            "phases.max is 3, below arrivals.shuffled.phases.min, which is 5"
        ),
        ("arrivals:\n  shuffled:\n    seconds: {min: 5}", 3, "arrivals.shuffled.seconds.max is missing"),
        (
            "arrivals:\n  shuffled:\n    rate: {min: 0, max: 5}", 3,
            "arrivals.shuffled.rate.min must be a number from 1e-06"
        ),
        ("arrivals:\n  shuffled:\n    rate: {min: 6, max: 5}", 3, "below arrivals.shuffled.rate.min"),
        ("arrivals: {shuffled: {}, paced: {}}", 1, "got paced and shuffled"),
    ])
    func pacedAndShuffled(text: String, line: Int, reason: String) { expectRefusal(text, line, reason) }

    @Test(arguments: [
        ("platform: fast", "platform must be a mapping with the keys idle_poll, busy_poll"),
        ("platform: {idlepoll: 1}", "unknown key \"idlepoll\" in platform; did you mean \"idle_poll\""),
        ("platform: {idle_poll: -1}", "platform.idle_poll must be a number from 0 to 1000000"),
        ("platform: {busy_poll: x}", "platform.busy_poll must be a number"),
        ("platform: {collect_poll: []}", "platform.collect_poll must be a number"),
        ("platform: {start_confirm: 2e6}", "platform.start_confirm must be a number"),
        ("platform: {stop_poll: .nan}", "platform.stop_poll must be a number"),
        ("platform: {stop: 1}", "platform.stop must be a list of at least one number of seconds"),
        ("platform: {stop: []}", "platform.stop must be a list of at least one"),
        ("platform: {stop: [1, -2]}", "platform.stop[1] must be a number from 0"),
        ("platform: {observe: \"1\"}", "platform.observe must be a number"),
        ("platform: {sliding: yes}", "sliding must be true or false"),
        ("platform: {scale_down: slow}", "platform.scale_down must be one of graceful, abrupt; got \"slow\""),
        ("platform: {dispatch: random}", "platform.dispatch must be exact, or {random: N}"),
        ("platform: {dispatch: {random: 0}}", "platform.dispatch.random must be a whole number from 1 to 10000"),
        ("platform: {dispatch: {}}", "platform.dispatch.random is missing"),
        ("faults: 1", "faults must be a mapping with the keys start, attempt, slow, slow_factor"),
        ("faults: {start: 1}", "faults.start must be a number from 0 to 0.99"),
        ("faults: {attempt: 1.1}", "faults.attempt must be a number from 0 to 1"),
        ("faults: {slow: -0.1}", "faults.slow must be a number from 0 to 1"),
        ("faults: {slow_factor: 0.5}", "faults.slow_factor must be a number from 1 to 1000"),
        ("faults: {atempt: 0.5}", "did you mean \"attempt\""),
        ("start_up: {mean: 5, tail: 1}", "start_up.tail must be a mapping with the keys probability, max"),
        (
            "start_up: {mean: 5, tail: {probability: 2, max: 9}}",
            "start_up.tail.probability must be a number from 0 to 1"
        ),
        ("start_up: {mean: 5, tail: {probability: 0.1}}", "start_up.tail.max is missing"),
        ("start_up: {mean: 5, tail: {probability: 0.1, max: 4}}", "start_up.tail.max is 4, below"),
        ("start_up: {empirical: []}", "start_up.empirical must be a list of at least one"),
        ("start_up: {empirical: [1], mean: 2}", "it does not go with mean"),
    ])
    func platforms(text: String, reason: String) { expectRefusal(Self.plain + text, 2, reason) }

    @Test(arguments: [
        ("{exponential: 5}", "service.exponential must be a mapping with the keys mean"),
        ("{exponential: {mean: -1}}", "service.exponential.mean must be a number from 0"),
        ("{exponential: {}}", "service.exponential.mean is missing"),
        ("{constant: 1, pixels: 5}", "service.pixels must be a mapping with the keys a, b"),
        ("{constant: 1, pixels: {a: 1}}", "service.pixels.b is missing"),
        ("{constant: 1, pixels: {a: 0, b: 1}}", "service.pixels.a must be a number from 1e-12"),
    ])
    func services(text: String, reason: String) {
        expectRefusal(
            Self.plain + "step: 1\nservice: \(text)\n", 3, reason, rest: "deadline: {seconds: 2}\nworkers: {max: 8}\n")
    }

    private func expectRefusal(
        _ text: String, _ line: Int, _ reason: String, rest: String = rest,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: ScenarioError.self, sourceLocation: sourceLocation) {
            try Scenario(yaml: text + "\n" + rest, file: "x.yaml")
        }
        #expect(error?.file == "x.yaml", sourceLocation: sourceLocation)
        #expect(error?.line == line, "\(String(describing: error))", sourceLocation: sourceLocation)
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))", sourceLocation: sourceLocation)
    }
}
