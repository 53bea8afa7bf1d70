import Foundation

@testable import Farm

/// Steele, Lea and Flood, 2014: small, and the same on every platform.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Mean and variance of many draws.
struct Moments {
    let mean: Double
    let variance: Double
    let values: [Double]

    init(of count: Int, seed: UInt64 = 1, draw: (inout SplitMix64) -> Double) {
        var generator = SplitMix64(seed)
        let values = (0..<count).map { _ in draw(&generator) }
        let mean = values.reduce(0, +) / Double(count)
        self.values = values
        self.mean = mean
        variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)
    }
}

extension Scenario {
    /// A valid file, each key on the line that the refusals' tests name.
    static let validFile = """
        name: shop
        version: 3
        summary: a shop
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
        work: sleep
        retry: {max_attempts: 3, first_delay: 0.1, max_delay: 1}

        """

    static func small(arrivals: Arrivals) -> Scenario {
        Scenario(
            name: "small", arrivals: arrivals, service: ServiceTime(.gamma(shape: 4, mean: 0.5), min: 0.1, max: 2),
            deadline: DeadlineRule(factor: 2, min: 0.5, max: 3), workers: WorkerBounds(min: 1, max: 4, initial: 2),
            stepSeconds: 1, steps: 10)
    }

    /// Any scenario that a file can hold.
    static func random(using generator: inout SplitMix64) -> Scenario {
        let least = Int.random(in: 0...20, using: &generator)
        let most = Int.random(in: max(least, 1)...10_000, using: &generator)
        let mean = Double.random(in: 0...20, using: &generator)
        let deviation = Double.random(in: 0...5, using: &generator)
        let first = Double.random(in: 0...2, using: &generator)
        let floor = Double.random(in: 0.001...2, using: &generator)
        let isPlain = Bool.random(using: &generator)
        return Scenario(
            name: ["a", "shop-1", "007", "true", "null", "1e3"].randomElement(using: &generator) ?? "a",
            version: Int.random(in: 1...1_000_000, using: &generator), summary: "s" + text(using: &generator),
            arrivals: .random(using: &generator), service: .random(using: &generator),
            deadline: DeadlineRule(
                factor: Double.random(in: 0...9, using: &generator), min: floor,
                max: isPlain ? .infinity : floor + Double.random(in: 0...1e6, using: &generator)),
            workers: WorkerBounds(min: least, max: most, initial: Int.random(in: least...most, using: &generator)),
            startUp: isPlain
                ? StartUpDelay(mean: mean, standardDeviation: deviation)
                : StartUpDelay(mean: mean, min: mean / 3, max: mean * 3),
            stepSeconds: Double.random(in: 0.001...600, using: &generator),
            steps: Int.random(in: 1...1_000_000, using: &generator),
            scaling: Scaling.allCases.randomElement(using: &generator) ?? .blocking,
            work: WorkMode.allCases.randomElement(using: &generator) ?? .sleep,
            retry: RetryPolicy(
                maxAttempts: Int.random(in: 1...1_000, using: &generator), firstDelay: first, maxDelay: first * 2,
                attemptLimit: Double.random(in: 0.001...1e5, using: &generator)))
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
        if Int.random(in: 0..<3, using: &generator) == 0, let bag = try? TaskBag.random(using: &generator) {
            return .bag(bag)
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
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: .constant(value)
            case 1: .gamma(shape: Double.random(in: 0.01...9, using: &generator), mean: value)
            case 2: .lognormal(mean: value, cv: Double.random(in: 0...20, using: &generator))
            default: .empirical((0..<9).map { _ in Double.random(in: 0...1e6, using: &generator) })
            }
        return Bool.random(using: &generator)
            ? ServiceTime(distribution) : ServiceTime(distribution, min: value / 2, max: value * 2)
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
