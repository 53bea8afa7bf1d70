import Randomness

extension SuiteLoad {
    /// Eight busy workers on the average, and a rate that wanders by a quarter.
    static let steady: SuiteLoad = {
        func path(_ name: String, _ seed: UInt64) -> Scenario {
            segment(
                "steady-\(name)", "8 tasks a second on the average, wandering by a quarter",
                .phases(
                    NoisyRate(deviation: 0.25, memory: 60, stretch: 16).phases(seconds: 3_200, seed: seed) { _ in 8 }),
                ServiceTime(.gamma(shape: 2, mean: 1)), deadline: within(3), initial: 10, windows: 400)
        }
        return SuiteLoad(
            name: "steady", summary: "a steady rate with noise", tuning: path("tuning", 11),
            tests: [path("a", 12), path("b", 13)])
    }()

    /// Calm, and three crowds that nothing announces.
    static let flash: SuiteLoad = {
        typealias Crowd = (at: Double, seconds: Double, rate: Double)
        func crowds(_ name: String, _ crowds: [Crowd]) -> Scenario {
            var phases: [Arrivals.Phase] = []
            var now = 0.0
            for (index, crowd) in crowds.enumerated() {
                phases.append(.init(name: "calm-\(index + 1)", seconds: crowd.at - now, rate: .constant(2)))
                phases.append(
                    .init(name: "crowd-\(index + 1)", seconds: crowd.seconds, rate: .constant(crowd.rate)))
                now = crowd.at + crowd.seconds
            }
            phases.append(.init(name: "calm-\(crowds.count + 1)", seconds: 2_560 - now, rate: .constant(2)))
            return segment(
                "flash-\(name)", "2 tasks a second, and three crowds of up to 18 a second", .phases(phases),
                ServiceTime(.gamma(shape: 4, mean: 1.5), min: 0.05, max: 3),
                deadline: DeadlineRule(factor: 2, min: 0.1, max: 30), initial: 6, windows: 320)
        }
        return SuiteLoad(
            name: "flash", summary: "flash crowds",
            tuning: crowds("tuning", [(420, 60, 16), (1_130, 60, 16), (1_900, 60, 16)]),
            tests: [
                crowds("a", [(250, 60, 16), (1_310, 60, 16), (1_700, 60, 16)]),
                crowds("b", [(710, 90, 13), (940, 40, 18), (2_110, 60, 16)]),
                crowds("c", [(1_010, 60, 17), (1_520, 120, 12), (2_280, 50, 18)]),
            ])
    }()

    /// Slow climbs, a fast fall.
    static let ramp: SuiteLoad = {
        typealias Slope = (seconds: Double, from: Double, to: Double)
        func slopes(_ name: String, _ slopes: [Slope]) -> Scenario {
            segment(
                "ramp-\(name)", "climbs and falls between 1 and 18 tasks a second",
                .phases(
                    slopes.enumerated().map { index, slope in
                        .init(
                            name: "slope-\(index + 1)", seconds: slope.seconds,
                            rate: .ramp(from: slope.from, to: slope.to))
                    }), ServiceTime(.lognormal(mean: 1, cv: 0.5), max: 20), deadline: within(4), initial: 4,
                windows: 320)
        }
        return SuiteLoad(
            name: "ramp", summary: "climbs and falls",
            tuning: slopes("tuning", [(200, 2, 2), (1_000, 2, 14), (360, 14, 14), (1_000, 14, 2)]),
            tests: [
                slopes("a", [(300, 1, 1), (700, 1, 18), (360, 18, 18), (400, 18, 3), (800, 3, 3)]),
                slopes("b", [(600, 3, 12), (160, 4, 4), (900, 4, 16), (500, 16, 9), (400, 9, 1)]),
            ])
    }()

    /// The rate swings a little, and the work of a task becomes up to twice as long.
    static let drift: SuiteLoad = {
        func drifting(_ name: String, _ points: [ServiceDrift.Point]) -> Scenario {
            segment(
                "drift-\(name)", "6 to 10 tasks a second whose work drifts",
                .phases([.init(name: "swing", seconds: 2_560, rate: .sine(mean: 8, amplitude: 2, cycles: 4))]),
                ServiceTime(.lognormal(mean: 0.8, cv: 0.6), max: 20, drift: ServiceDrift(points)), deadline: within(5),
                initial: 8, windows: 320)
        }
        return SuiteLoad(
            name: "drift", summary: "work that becomes longer and shorter",
            tuning: drifting("tuning", [.init(at: 600, factor: 1), .init(at: 1_500, factor: 1.8)]),
            tests: [
                drifting("a", [.init(at: 300, factor: 1), .init(at: 2_300, factor: 2)]),
                drifting(
                    "b",
                    [
                        .init(at: 700, factor: 1), .init(at: 701, factor: 0.6), .init(at: 1_500, factor: 0.6),
                        .init(at: 1_501, factor: 1.7), .init(at: 2_200, factor: 1.7), .init(at: 2_500, factor: 1),
                    ]),
            ])
    }()

    /// The preset, whose phases every seed draws anew: its segments are seeds.
    static let shuffled = SuiteLoad(
        name: "shuffled", summary: "40 windows of phases that every episode draws anew", tuning: Scenario.shuffled,
        tests: [Scenario.shuffled])
}
