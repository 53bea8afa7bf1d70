import Farm
import Randomness
import TestSupport

extension Scenario {
    /// A queue whose workers are there at once: for closed forms and for tests that set one thing more.
    static func queue(
        _ arrivals: Arrivals, service: ServiceTime, workers: Int, deadline: Double = 1e6, step: Double = 1,
        steps: Int = 10
    ) -> Scenario {
        Scenario(
            name: "queue", arrivals: arrivals, service: service,
            deadline: DeadlineRule(factor: 0, min: deadline, max: deadline),
            workers: WorkerBounds(min: 0, max: 1_000, initial: workers), stepSeconds: step, steps: steps)
    }

    /// Tasks at given times with given work.
    static func bag(_ tasks: [(at: Double, seconds: Double)], workers: Int, step: Double = 1, steps: Int = 30) throws
        -> Scenario
    {
        let lines = tasks.map { "{\"at\": \($0.at), \"seconds\": \($0.seconds)}" }
        let bag = try TaskBag(jsonLines: lines.joined(separator: "\n"))
        return .queue(.bag(bag), service: ServiceTime(.constant(1)), workers: workers, step: step, steps: steps)
    }

    /// A constant rate for `seconds`.
    static func rate(_ rate: Double, seconds: Double = 1e9) -> Arrivals {
        .phases([.init(name: "steady", seconds: seconds, rate: .constant(rate))])
    }

    /// Any scenario of a few hundred tasks, with everything that a simulated farm can be told.
    static func small(using generator: inout SplitMix64) throws -> Scenario {
        let step = generator.number(0.5...4)
        let initial = generator.whole(0...6)
        var scenario = Scenario(
            name: "small", arrivals: try .small(using: &generator), service: .small(using: &generator),
            deadline: generator.once(in: 2)
                ? DeadlineRule(factor: 0, min: 1.5, max: 1.5)
                : DeadlineRule(factor: generator.number(0...4), min: 0.2, max: 9),
            workers: WorkerBounds(min: 0, max: 12, initial: initial), startUp: .small(using: &generator),
            stepSeconds: step,
            steps: 12, scaling: generator.once(in: 3) ? .blocking : .unblocked)
        if generator.once(in: 2) {
            scenario.retry = RetryPolicy(
                maxAttempts: generator.whole(1...4), firstDelay: generator.number(0...1), maxDelay: 2,
                attemptLimit: generator.once(in: 2) ? generator.number(0.05...1) : 60)
        }
        if generator.once(in: 2) { scenario.platform = .small(using: &generator) }
        if generator.once(in: 6) {
            scenario.platform.dispatch = .exact
            scenario.platform.perRequest = Platform.PerRequest(
                expiry: generator.number(0.3...6), coldFactor: generator.number(1...3))
        }
        if generator.once(in: 2) {
            scenario.faults.start = generator.number(0...0.5)
            scenario.faults.attempt = generator.number(0...0.5)
            scenario.faults.slow = generator.number(0...0.5)
            scenario.faults.slowFactor = generator.number(1...5)
        }
        return scenario
    }
}

extension Arrivals {
    fileprivate static func small(using generator: inout SplitMix64) throws -> Arrivals {
        switch generator.whole(0...7) {
        case 0:
            let lines = (0..<generator.whole(1...120)).map { _ in
                // Times on a grid: several at once, and on the edges of windows.
                let at = Double(generator.whole(0...80)) / 4
                let deadline = generator.once(in: 2) ? ", \"deadline\": \(Double(generator.whole(0...30)) / 10)" : ""
                return "{\"at\": \(at)\(deadline)\(generator.once(in: 2) ? ", \"seconds\": 0.25" : "")}"
            }
            return .bag(try TaskBag(jsonLines: lines.joined(separator: "\n")))
        case 1:
            let counts = (0..<10).map { _ in Double(generator.whole(0...25)) }
            return .trace(ArrivalTrace(seconds: 2, counts: counts, isExact: generator.once(in: 2)))
        case 2:
            let phases = (0..<3).map { index in
                PacedArrivals.Phase(name: "\(index)", tasks: generator.whole(1...60), windows: generator.whole(1...8))
            }
            return .paced(PacedArrivals(phases: phases, startMin: 0.3, startMax: 0.9))
        case 3: return .shuffled(ShuffledArrivals(phases: 2...4, seconds: 3...20, rate: 0.5...9))
        default:
            return .phases(
                (0..<generator.whole(1...4)).map { index in
                    let rate: Rate =
                        switch generator.whole(0...3) {
                        case 0: .constant(generator.number(0.1...9))
                        case 1: .ramp(from: generator.number(0...9), to: generator.number(0.1...9))
                        case 2: .sine(mean: 4, amplitude: generator.number(0...8), cycles: generator.number(0...4))
                        default: .constant(0.5)
                        }
                    return Phase(
                        name: "\(index)", seconds: generator.number(1...12), rate: rate,
                        tasks: generator.once(in: 3) ? generator.whole(0...50) : nil)
                })
        }
    }
}

extension ServiceTime {
    fileprivate static func small(using generator: inout SplitMix64) -> ServiceTime {
        let mean = generator.number(0.05...1)
        let pixels = generator.once(in: 4) ? PixelTimes() : nil
        switch generator.whole(0...4) {
        case 0: return ServiceTime(.constant(mean), pixels: pixels)
        case 1: return ServiceTime(.gamma(shape: generator.number(0.3...6), mean: mean), max: 5, pixels: pixels)
        case 2: return ServiceTime(.lognormal(mean: mean, cv: generator.number(0...2)), min: 0.01, pixels: pixels)
        case 3: return ServiceTime(.exponential(mean: mean))
        default: return ServiceTime(.empirical([0.1, 0.1, mean, 2]))
        }
    }
}

extension StartUpDelay {
    fileprivate static func small(using generator: inout SplitMix64) -> StartUpDelay {
        switch generator.whole(0...3) {
        case 0: return StartUpDelay(mean: 0)
        case 1: return StartUpDelay(empirical: [0.5, 1, 3])
        case 2:
            var delay = StartUpDelay(mean: 1, standardDeviation: 0.3, min: 0.5, max: 2)
            delay.tailProbability = 0.2
            delay.tailMax = 6
            return delay
        default: return StartUpDelay(mean: generator.number(0...4), standardDeviation: 0.5)
        }
    }
}

extension Platform {
    fileprivate static func small(using generator: inout SplitMix64) -> Platform {
        var platform = Platform()
        if generator.once(in: 2) {
            platform.idlePoll = generator.number(0...0.3)
            platform.busyPoll = generator.number(0...0.05)
        }
        if generator.once(in: 2) { platform.collectPoll = generator.number(0...0.3) }
        if generator.once(in: 2) { platform.stopPoll = generator.number(0...1) }
        if generator.once(in: 2) { platform.stop = [0.5, 2] }
        if generator.once(in: 2) { platform.startConfirm = generator.number(0...1) }
        if generator.once(in: 2) { platform.observe = generator.number(0...0.3) }
        platform.isSliding = generator.once(in: 2)
        if generator.once(in: 3) { platform.dispatch = .random(functions: generator.whole(1...5)) }
        platform.scaleDown = generator.once(in: 2) ? .abrupt : .graceful
        return platform
    }
}

extension WindowMetrics {
    /// Every number in it, to the last bit, with its name.
    var words: [String: UInt64] {
        var words: [String: UInt64] = [:]
        func note(_ value: Any, _ name: String) {
            switch value {
            case let number as Double: words[name] = number.bitPattern
            case let number as Int: words[name] = UInt64(bitPattern: Int64(number))
            case let flag as Bool: words[name] = flag ? 1 : 0
            case let reasons as [String: Int]: for (reason, count) in reasons { note(count, "\(name).\(reason)") }
            case let notes as [String]:
                for (index, text) in notes.enumerated() { words["\(name).\(index).\(text)"] = 1 }
            default:
                for child in Mirror(reflecting: value).children { note(child.value, "\(name).\(child.label ?? "")") }
            }
        }
        note(self, "")
        return words
    }

    /// Names of what is not a number, or no finite one.
    var strange: [String] {
        var names: [String] = []
        func look(_ value: Any, _ name: String) {
            if let number = value as? Double {
                if !number.isFinite { names.append(name) }
            } else {
                for child in Mirror(reflecting: value).children { look(child.value, "\(name).\(child.label ?? "")") }
            }
        }
        look(self, "")
        return names
    }
}
