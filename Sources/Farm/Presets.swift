extension Scenario {
    /// The scenarios that come with the program.
    public static var presetNames: [String] { presets.map(\.name) }

    /// A preset by its name, with or without its version (`paper`, `paper@1`).
    ///
    /// - Throws: ``ScenarioError`` that names near ones, or lists the presets.
    public static func preset(_ name: String) throws -> Scenario {
        guard let scenario = presets.first(where: { $0.name == name || "\($0.name)@\($0.version)" == name }) else {
            let known = presets.flatMap { [$0.name, "\($0.name)@\($0.version)"] }
            throw ScenarioError(
                file: "scenario", line: 0,
                reason: "there is no preset \"\(name.prefix(60))\"\(NearMatches.hint(for: name, among: known))")
        }
        return scenario
    }

    static let presets = [demo, paper]

    /// Twenty live seconds with a burst in the middle.
    private static let demo = Scenario(
        name: "demo", summary: "20 steps of 1 s, about 20 tasks a second, 2 to 12 workers with a cold start of 1 s",
        arrivals: .phases([
            .init(name: "steady", seconds: 7, rate: .constant(16)),
            .init(name: "burst", seconds: 6, rate: .constant(28)),
            .init(name: "wave", seconds: 7, rate: .sine(mean: 18, amplitude: 6, cycles: 1)),
        ]),
        service: ServiceTime(.gamma(shape: 4, mean: 0.25), min: 0.05, max: 0.8),
        deadline: DeadlineRule(factor: 0, min: 1.5, max: 1.5), workers: WorkerBounds(min: 2, max: 12, initial: 6),
        startUp: StartUpDelay(mean: 1), stepSeconds: 1, steps: 20)

    /// The workload of arXiv 2602.06555 as it is described: its oscillating phases do oscillate, its phases last 60 s.
    private static let paper = Scenario(
        name: "paper",
        summary: "the published workload as intended: 1,140 tasks in four phases, 1 to 32 workers, blocking scaling",
        arrivals: .phases([
            .init(name: "steady-low", seconds: 60, rate: .constant(1.5), tasks: 90),
            .init(name: "steady-high", seconds: 60, rate: .constant(7.5), tasks: 450),
            .init(name: "slow-oscillation", seconds: 60, rate: .sine(mean: 5, amplitude: 2.5, cycles: 1), tasks: 300),
            .init(name: "fast-oscillation", seconds: 60, rate: .sine(mean: 5, amplitude: 3.5, cycles: 4), tasks: 300),
        ]),
        service: ServiceTime(.gamma(shape: 4, mean: 1.5), min: 0.0465, max: 2.870),
        deadline: DeadlineRule(factor: 2, min: 0.1, max: 30), workers: WorkerBounds(min: 1, max: 32, initial: 12),
        startUp: StartUpDelay(mean: 6.5, standardDeviation: 1, min: 4.7, max: 9.4), stepSeconds: 8, steps: 30,
        scaling: .blocking)
}
