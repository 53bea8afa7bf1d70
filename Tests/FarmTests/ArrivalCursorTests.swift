import Randomness
import TestSupport
import Testing

@testable import Farm

struct ArrivalCursorTests {
    private static func phases(_ seed: UInt64) -> [Arrivals.Phase] {
        var generator = SplitMix64(seed: seed)
        func number(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &generator) }
        return (0..<Int.random(in: 1...6, using: &generator)).map { index in
            let rate: Arrivals.Rate =
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: .constant(number(0...9))
                case 1: .ramp(from: number(0...9), to: number(0.1...9))
                case 2: .sine(mean: number(0.1...5), amplitude: number(0...9), cycles: number(0...5))
                default: .constant(0)
                }
            let tasks =
                rate != .constant(0) && Bool.random(using: &generator) ? Int.random(in: 0...60, using: &generator) : nil
            return Arrivals.Phase(name: "p\(index)", seconds: number(0.1...30), rate: rate, tasks: tasks)
        }
    }

    @Test("Times never descend, and each phase's exact number lies within it", arguments: 0..<100)
    func order(seed: UInt64) {
        let phases = Self.phases(seed)
        let times = Arrivals.phases(phases).times(seed: seed)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 + 1e-12 })
        var start = 0.0
        for phase in phases {
            let end = start + phase.seconds
            let within = times.count { $0 >= start - 1e-9 && $0 < end - 1e-9 }
            if let tasks = phase.tasks { #expect(abs(within - tasks) <= 0, "\(phase): \(within)") }
            if phase.rate.peak == 0 { #expect(within == 0) }
            start = end
        }
        #expect(times.allSatisfy { $0 >= 0 && $0 <= start + 1e-9 })
    }

    @Test(
        "A cursor that begins anew is as a new one, whatever it was doing",
        arguments: ["paper", "paper-as-run", "shuffled", "llm-code", "demo"])
    func beginning(name: String) throws {
        let scenario = try Scenario.preset(name)
        var generator = EpisodeStream.arrivals.generator(Seed(1))
        var used = ArrivalCursor(scenario, using: &generator)
        for _ in 0..<37 { _ = used.next(using: &generator) }
        generator = EpisodeStream.arrivals.generator(Seed(2))
        used.begin(using: &generator)
        let times = scenario.arrivals.times(seed: 2, horizon: scenario.horizon)
        for time in times {
            let next = used.next(using: &generator)
            guard next == time else {
                Issue.record("\(next), expected \(time)")
                return
            }
        }
        let last = used.next(using: &generator)
        let afterwards = used.next(using: &generator)
        #expect(last == .infinity && afterwards == .infinity)
    }

    @Test("A task stream has the cursor's times", arguments: ["demo", "paper-as-run", "shuffled"])
    func stream(name: String) throws {
        let scenario = try Scenario.preset(name)
        #expect(
            TaskStream(scenario: scenario, seed: Seed(5)).tasks.map(\.generatedAt)
                == scenario.arrivals.times(seed: 5, horizon: scenario.horizon))
    }

    @Test("A million exact tasks keep to their phase")
    func many() {
        let times = Arrivals.phases([
            .init(name: "a", seconds: 100, rate: .ramp(from: 0, to: 5), tasks: 300_000),
            .init(name: "b", seconds: 1, rate: .constant(1), tasks: 1),
        ]).times(seed: 1)
        #expect(times.count == 300_001)
        #expect(times[299_999] <= 100 && times[300_000] > 100)
        // Of a ramp from 0 a quarter of the tasks come in the first half.
        let early = times.count { $0 < 50 }
        #expect(abs(Double(early) - 75_000) < 5 * (300_000 * 0.25 * 0.75).squareRoot())
    }

    @Test("A rate as good as 0 still gets its exact number into its phase")
    func faint() {
        let times = Arrivals.phases([
            .init(name: "a", seconds: 30, rate: .sine(mean: 0, amplitude: 4, cycles: 1e-9), tasks: 100)
        ]).times(seed: 1)
        #expect(times.count == 100 && times.allSatisfy { (0...30).contains($0) })
        // The rate rises in proportion to time, so the mean time is two thirds.
        #expect(abs(Moments(times).mean - 20) < 5 * 7.1 / 10)
    }

    @Test("Gaps of a constant rate are exponential, across phases and pieces too")
    func gaps() {
        let phases = (0..<4_000).map { Arrivals.Phase(name: "\($0)", seconds: 1.3, rate: .constant(4)) }
        let times = Arrivals.phases(phases).times(seed: 8)
        let gaps = Moments(zip(times.dropFirst(), times).map { $0 - $1 })
        let count = Double(gaps.values.count)
        #expect(abs(gaps.mean - 0.25) < 5 * 0.25 / count.squareRoot())
        #expect(abs(gaps.variance - 0.0625) < 5 * 0.0625 * (8 / count).squareRoot())
        let distance = gaps.values.sorted().enumerated().map { index, gap in
            abs(1 - Elementary.exp(-4 * gap) - (Double(index) + 0.5) / count)
        }.max()
        // Kolmogorov and Smirnov, at a level of 1 in 10,000.
        #expect((distance ?? 1) < 2.2 / count.squareRoot())
    }
}
