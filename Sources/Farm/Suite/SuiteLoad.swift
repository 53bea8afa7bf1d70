/// A kind of load for controllers to be measured on: a segment to tune and train on, and others to test on.
///
/// Nothing of a test segment is in the tuning segment: they are other days, other times of flash crowds, other noise.
///
///     let flash = SuiteLoad.standard.first { $0.name == "flash" }
///     flash?.tests.map(\.name)  // suite-flash-a, suite-flash-b, suite-flash-c
public struct SuiteLoad: Sendable, Hashable {
    /// Lower-case letters, digits and hyphens.
    public var name: String
    /// What is hard about it, in a line.
    public var summary: String
    /// What parameters may be chosen on.
    public var tuning: Scenario
    /// What is reported; at least one.
    public var tests: [Scenario]

    public init(name: String, summary: String, tuning: Scenario, tests: [Scenario]) {
        (self.name, self.summary, self.tuning, self.tests) = (name, summary, tuning, tests)
    }

    /// The seven loads of the suite. They are fixed: a change that alters a trajectory makes a new version of its scenarios, and
    /// figures of two versions are not to be compared.
    public static let standard: [SuiteLoad] = [steady, daily, flash, bursty, ramp, drift, shuffled]

    /// A segment of a load: windows of 8 s, workers that take about 6 s to start.
    static func segment(
        _ name: String, _ summary: String, _ arrivals: Arrivals, _ service: ServiceTime, deadline: DeadlineRule,
        most: Int = 32, initial: Int, windows: Int
    ) -> Scenario {
        Scenario(
            name: "suite-\(name)", summary: summary, arrivals: arrivals, service: service, deadline: deadline,
            workers: WorkerBounds(min: 1, max: most, initial: initial),
            startUp: StartUpDelay(mean: 6, standardDeviation: 1, min: 3, max: 9), stepSeconds: 8, steps: windows)
    }

    static func within(_ seconds: Double) -> DeadlineRule { DeadlineRule(factor: 0, min: seconds, max: seconds) }
}
