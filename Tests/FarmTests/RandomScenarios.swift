import Foundation
import TestSupport

@testable import Farm

extension Scenario {
    /// Any scenario that a file can hold.
    static func random(using generator: inout SplitMix64) -> Scenario {
        let least = Int.random(in: 0...20, using: &generator)
        let most = Int.random(in: max(least, 1)...10_000, using: &generator)
        let first = Double.random(in: 0...2, using: &generator)
        let floor = Double.random(in: 0.001...2, using: &generator)
        let isPlain = Bool.random(using: &generator)
        var scenario = Scenario(
            name: ["a", "shop-1", "007", "true", "null", "1e3"].randomElement(using: &generator) ?? "a",
            version: Int.random(in: 1...1_000_000, using: &generator), summary: "s" + text(using: &generator),
            arrivals: .random(using: &generator), service: .random(using: &generator),
            deadline: DeadlineRule(
                factor: Double.random(in: 0...9, using: &generator), min: floor,
                max: isPlain ? .infinity : floor + Double.random(in: 0...1e6, using: &generator)),
            workers: WorkerBounds(min: least, max: most, initial: Int.random(in: least...most, using: &generator)),
            startUp: .random(using: &generator),
            stepSeconds: Double.random(in: 0.001...600, using: &generator),
            steps: Int.random(in: 1...1_000_000, using: &generator),
            scaling: Scaling.allCases.randomElement(using: &generator) ?? .blocking,
            work: WorkMode.allCases.randomElement(using: &generator) ?? .sleep,
            retry: RetryPolicy(
                maxAttempts: Int.random(in: 1...1_000, using: &generator), firstDelay: first, maxDelay: first * 2,
                attemptLimit: Double.random(in: 0.001...1e5, using: &generator)),
            platform: isPlain ? Platform() : .random(using: &generator),
            faults: isPlain ? Faults() : .random(using: &generator))
        // An attempt that is given up before any work can be done is refused.
        while scenario.impossibility != nil { scenario.retry.attemptLimit *= 2 }
        return scenario
    }

    /// Text with what YAML, JSON and Unicode make of it.
    static func text(using generator: inout SplitMix64) -> String {
        let pieces = [
            "word", " ", "\"", "'", "\\", ": ", "# ", "&a", "*a", "- ", "{", "]", "\n", "\r\n", "\t", "\u{0}", "\u{7F}",
            "\u{85}",
            "\u{2028}", "\u{FEFF}", "é", "e\u{301}", "日本", "👩‍🚀", "\u{F0000}", "%", "|", "---",
        ]
        return (0..<Int.random(in: 0...12, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? ""
        }.joined()
    }
}

extension Arrivals {
    fileprivate static func random(using generator: inout SplitMix64) -> Arrivals {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0, 1: if let bag = try? TaskBag.random(using: &generator) { return .bag(bag) }
        case 2: return .trace(.random(using: &generator))
        case 3: return .paced(.random(using: &generator))
        case 4: return .shuffled(.random(using: &generator))
        default: break
        }
        return .phases(
            (0..<Int.random(in: 1...5, using: &generator)).map { index in
                let rate: Rate =
                    switch index % 3 {
                    case 0: .constant(Double.random(in: 0.1...9, using: &generator))
                    case 1:
                        .ramp(
                            from: Double.random(in: 0...9, using: &generator),
                            to: Double.random(in: 0.1...9, using: &generator))
                    default:
                        .sine(
                            mean: Double.random(in: 1...5, using: &generator),
                            amplitude: Double.random(in: 0...9, using: &generator),
                            cycles: Double.random(in: 0...9, using: &generator))
                    }
                return Phase(
                    name: "p" + Scenario.text(using: &generator),
                    seconds: Double.random(in: 0.001...1e3, using: &generator), rate: rate,
                    tasks: Bool.random(using: &generator) ? Int.random(in: 0...1_000, using: &generator) : nil)
            })
    }
}

extension ServiceTime {
    fileprivate static func random(using generator: inout SplitMix64) -> ServiceTime {
        let value = Double.random(in: 1e-7...5, using: &generator)
        let distribution: Distribution =
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: .constant(value)
            case 3: .exponential(mean: value)
            case 1: .gamma(shape: Double.random(in: 0.01...9, using: &generator), mean: value)
            case 2: .lognormal(mean: value, cv: Double.random(in: 0...20, using: &generator))
            default: .empirical((0..<9).map { _ in Double.random(in: 0...1e6, using: &generator) })
            }
        let pixels = Bool.random(using: &generator) ? PixelTimes(a: value * 1e-6 + 1e-12, b: value / 9) : nil
        return Bool.random(using: &generator)
            ? ServiceTime(distribution, pixels: pixels)
            : ServiceTime(distribution, min: value / 2, max: value * 2, pixels: pixels)
    }
}

extension TaskBag {
    fileprivate static func random(using generator: inout SplitMix64) throws -> TaskBag {
        func encode(_ text: String) throws -> String { String(decoding: try JSONEncoder().encode(text), as: UTF8.self) }
        let lines = try (0..<Int.random(in: 1...9, using: &generator)).map { _ in
            var keys: [String] = []
            if Bool.random(using: &generator) { keys.append("\"at\":\(Double.random(in: 0...99, using: &generator))") }
            if Bool.random(using: &generator) {
                keys.append("\"deadline\":\(Double.random(in: 0...1e-4, using: &generator))")
            }
            if Bool.random(using: &generator) {
                keys.append("\"seconds\":\(Double.random(in: 0...9, using: &generator))")
            }
            if Bool.random(using: &generator) {
                keys.append("\"payload\":\(try encode(Scenario.text(using: &generator)))")
            }
            if Bool.random(using: &generator) { keys.append("\"headers\":{\"X-A\":\"*b &c\",\"accept\":\"\"}") }
            return "{\(keys.joined(separator: ","))}"
        }
        return try TaskBag(jsonLines: lines.joined(separator: "\n"))
    }
}

extension ArrivalTrace {
    fileprivate static func random(using generator: inout SplitMix64) -> ArrivalTrace {
        let isExact = Bool.random(using: &generator)
        let counts = (0..<Int.random(in: 2...40, using: &generator)).map { _ in
            isExact ? Double(Int.random(in: 0...500, using: &generator)) : Double.random(in: 0...500, using: &generator)
        }
        return ArrivalTrace(
            seconds: Double.random(in: 0.001...3_600, using: &generator), counts: counts, isExact: isExact,
            source: ["", "Somewhere, 2019 (CC-BY): a # in it."].randomElement(using: &generator) ?? "")
    }
}

extension PacedArrivals {
    fileprivate static func random(using generator: inout SplitMix64) -> PacedArrivals {
        let least = Double.random(in: 0...1e6, using: &generator)
        let phases = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
            Phase(
                name: "p" + Scenario.text(using: &generator), tasks: Int.random(in: 1...1_000, using: &generator),
                windows: Int.random(in: 1...1_000, using: &generator))
        }
        return PacedArrivals(
            phases: phases, windowSeconds: Double.random(in: 0.001...9, using: &generator), startMin: least,
            startMax: Double.random(in: least...1e6, using: &generator))
    }
}

extension ShuffledArrivals {
    fileprivate static func random(using generator: inout SplitMix64) -> ShuffledArrivals {
        let count = Int.random(in: 1...999, using: &generator)
        let seconds = Double.random(in: 0.001...1e5, using: &generator)
        let rate = Double.random(in: 1e-6...1e4, using: &generator)
        return ShuffledArrivals(
            phases: count...Int.random(in: count...1_000, using: &generator),
            seconds: seconds...Double.random(in: seconds...1e6, using: &generator),
            rate: rate...Double.random(in: rate...1e5, using: &generator))
    }
}

extension StartUpDelay {
    fileprivate static func random(using generator: inout SplitMix64) -> StartUpDelay {
        let mean = Double.random(in: 0...20, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return StartUpDelay(mean: mean, min: mean / 3, max: mean * 3)
        case 1:
            var delay = StartUpDelay(mean: mean, min: mean / 3, max: mean * 3)
            delay.tailProbability = Double.random(in: 0.001...1, using: &generator)
            delay.tailMax = mean * 3 + Double.random(in: 0...1e5, using: &generator)
            return delay
        case 2:
            let values = (0..<Int.random(in: 1...9, using: &generator)).map { _ in
                Double.random(in: 0...1e6, using: &generator)
            }
            return StartUpDelay(empirical: values)
        default:
            return StartUpDelay(mean: mean, standardDeviation: Double.random(in: 0...5, using: &generator))
        }
    }
}

extension Platform {
    fileprivate static func random(using generator: inout SplitMix64) -> Platform {
        func seconds() -> Double { Bool.random(using: &generator) ? 0 : Double.random(in: 0...1e6, using: &generator) }
        var platform = Platform()
        platform.idlePoll = seconds()
        platform.busyPoll = seconds()
        platform.collectPoll = seconds()
        platform.startConfirm = seconds()
        platform.stopPoll = seconds()
        platform.stop = (0..<Int.random(in: 0...3, using: &generator)).map { _ in seconds() }
        platform.observe = seconds()
        platform.isSliding = Bool.random(using: &generator)
        if Bool.random(using: &generator) {
            platform.dispatch = .random(functions: Int.random(in: 1...10_000, using: &generator))
        }
        platform.scaleDown = Bool.random(using: &generator) ? .graceful : .abrupt
        return platform
    }
}

extension Faults {
    fileprivate static func random(using generator: inout SplitMix64) -> Faults {
        var faults = Faults()
        faults.start = Double.random(in: 0...0.99, using: &generator)
        faults.attempt = Double.random(in: 0...1, using: &generator)
        faults.slow = Double.random(in: 0...1, using: &generator)
        faults.slowFactor = Double.random(in: 1...1_000, using: &generator)
        return faults
    }
}
