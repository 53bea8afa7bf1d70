import TestSupport
import Testing

@testable import Farm

struct ArrivalsTests {
    private static let rates: [Arrivals.Rate] = [
        .constant(5), .ramp(from: 0, to: 8), .ramp(from: 8, to: 1), .sine(mean: 5, amplitude: 3, cycles: 2),
        .sine(mean: 5, amplitude: 3, cycles: 0.25), .sine(mean: 2, amplitude: 6, cycles: 3.3),
        .sine(mean: 0, amplitude: 6, cycles: 1),
        .sine(mean: 4, amplitude: 9, cycles: 0),
    ]

    private func times(_ phases: [Arrivals.Phase], seed: UInt64) -> [Double] {
        Arrivals.phases(phases).times(seed: seed)
    }

    @Test("The mean rate is that of the curve, and the peak is over it", arguments: rates)
    func means(rate: Arrivals.Rate) {
        let points = 100_000
        let values = (0..<points).map { rate.value(at: (Double($0) + 0.5) / Double(points)) }
        #expect(abs(values.reduce(0, +) / Double(points) - rate.mean) < 1e-4)
        #expect(values.allSatisfy { (0...rate.peak + 1e-12).contains($0) })
    }

    @Test("A Poisson process brings its mean, with a variance as large", arguments: rates)
    func poisson(rate: Arrivals.Rate) {
        let expected = rate.mean * 60
        var seed: UInt64 = 0
        let counts = Moments(of: 600) { _ in
            seed += 1
            return Double(times([.init(name: "a", seconds: 60, rate: rate)], seed: seed).count)
        }
        #expect(abs(counts.mean - expected) < 5 * (expected / 600).squareRoot())
        #expect(abs(counts.variance / expected - 1) < 0.3)
    }

    @Test("Times follow the curve: each tenth of the phase has its share", arguments: rates, [nil, 20_000])
    func shape(rate: Arrivals.Rate, tasks: Int?) {
        let all = times([.init(name: "a", seconds: 4_000, rate: rate, tasks: tasks)], seed: 7)
        if let tasks { #expect(all.count == tasks) }
        for tenth in 0..<10 {
            let values = (0..<1_000).map { rate.value(at: (Double(tenth) + (Double($0) + 0.5) / 1_000) / 10) }
            let expected = Double(all.count) * values.reduce(0, +) / 10_000 / rate.mean
            let got = Double(all.count { Int($0 / 400) == tenth })
            #expect(abs(got - expected) < 5 * max(expected, 4).squareRoot(), "tenth \(tenth): \(got) for \(expected)")
        }
    }

    @Test("Times ascend, and each phase's lie within it", arguments: 0..<50)
    func order(seed: UInt64) {
        let phases: [Arrivals.Phase] = [
            .init(name: "a", seconds: 10, rate: .constant(3), tasks: 30),
            .init(name: "b", seconds: 5, rate: .constant(0)),
            .init(name: "c", seconds: 20, rate: .ramp(from: 1, to: 5), tasks: 7),
            .init(name: "d", seconds: 1, rate: .constant(50)),
        ]
        let all = times(phases, seed: seed)
        #expect(all == all.sorted())
        #expect(all.prefix(30).allSatisfy { (0..<10).contains($0) })
        #expect(all.dropFirst(30).prefix(7).allSatisfy { (15..<35).contains($0) })
        #expect(all.dropFirst(37).allSatisfy { (35..<36).contains($0) })
    }

    @Test(
        "A rate that is always 0 brings nothing and ends",
        arguments: [
            Arrivals.Rate.constant(0), .ramp(from: 0, to: 0), .sine(mean: 0, amplitude: 5, cycles: 0),
        ])
    func nothing(rate: Arrivals.Rate) {
        #expect(times([.init(name: "a", seconds: 9, rate: rate, tasks: 5)], seed: 1).isEmpty)
        #expect(times([.init(name: "a", seconds: 9, rate: rate)], seed: 1).isEmpty)
    }

    @Test func expectedCounts() throws {
        let arrivals = Arrivals.phases([
            .init(name: "a", seconds: 10, rate: .constant(2)),
            .init(name: "b", seconds: 20, rate: .ramp(from: 0, to: 4), tasks: 100),
        ])
        #expect(arrivals.expectedCount(before: 0) == 0)
        #expect(arrivals.expectedCount(before: 5) == 10)
        #expect(arrivals.expectedCount(before: 10) == 20)
        #expect(arrivals.expectedCount(before: 20) == 70)
        #expect(arrivals.expectedCount(before: 1e9) == 120)
        let bag = Arrivals.bag(try TaskBag(jsonLines: "{\"at\": 1}\n{\"at\": 2}\n{\"at\": 3}"))
        #expect([0, 1, 2.5, 9].map { bag.expectedCount(before: $0) } == [0, 0, 2, 3])
    }

    @Test("Phases to come are those that have not begun")
    func phasesToCome() throws {
        let phases = Arrivals.phases((0..<4).map { .init(name: "\($0)", seconds: 60, rate: .constant(1)) })
        #expect([0, 59.9, 60, 120, 239, 1e9].map { phases.phasesToCome(at: $0) } == [3, 3, 2, 1, 0, 0])
        #expect(Arrivals.bag(try TaskBag(jsonLines: "{}")).phasesToCome(at: 0) == 0)
    }
}
