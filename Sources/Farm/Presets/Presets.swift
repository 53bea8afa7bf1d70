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

    static let presets = [
        demo, paper, paperAsRun, steady, oscillating, burst, shuffled, azureDay, azureBursty, llmCode, benchFarm,
    ]

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

    private static let steady = unannounced(
        "steady", "a constant rate that about 7 of 32 workers keep up with",
        .phases([.init(name: "steady", seconds: 320, rate: .constant(5))]))

    private static let oscillating = unannounced(
        "oscillating", "a rate that swings between 1 and 9 a second, a cycle in 80 s",
        .phases([.init(name: "wave", seconds: 320, rate: .sine(mean: 5, amplitude: 4, cycles: 4))]))

    private static let burst = unannounced(
        "burst", "calm, then ten times as many for 40 s, twice",
        .phases([
            .init(name: "calm", seconds: 80, rate: .constant(1)),
            .init(name: "burst", seconds: 40, rate: .constant(10)),
            .init(name: "calm", seconds: 80, rate: .constant(1)),
            .init(name: "burst", seconds: 40, rate: .constant(10)),
            .init(name: "calm", seconds: 80, rate: .constant(1)),
        ]))

    static let shuffled = unannounced(
        "shuffled", "4 to 8 phases of 20 to 90 s at 0.5 to 9 tasks a second, new in each episode",
        .shuffled(ShuffledArrivals(phases: 4...8, seconds: 20...90, rate: 0.5...9)))

    /// The paper's tasks and workers without its blocking: 40 steps of 8 s, deadlines and starts as published.
    private static func unannounced(_ name: String, _ summary: String, _ arrivals: Arrivals) -> Scenario {
        Scenario(
            name: name, summary: summary, arrivals: arrivals,
            service: ServiceTime(.gamma(shape: 4, mean: 1.5), min: 0.0465, max: 2.870),
            deadline: DeadlineRule(factor: 2, min: 0.1, max: 30), workers: WorkerBounds(min: 1, max: 32, initial: 12),
            startUp: StartUpDelay(mean: 6.5, standardDeviation: 1, min: 4.7, max: 9.4), stepSeconds: 8, steps: 40)
    }

    /// What speed is measured on: six rates, lognormal work, a deadline of 2 s, a cold start of 5 s.
    private static let benchFarm = Scenario(
        name: "bench-farm", summary: "the model of measure/floors: 2,800 tasks an episode, 1 to 20 workers",
        arrivals: .phases(
            [4.0, 8, 16, 24, 12, 6].map { .init(name: "rate-\(Int($0))", seconds: 40, rate: .constant($0)) }),
        // A standard deviation of the logarithm of 0.5.
        service: ServiceTime(.lognormal(mean: 0.5, cv: 0.5329404119418564)),
        deadline: DeadlineRule(factor: 0, min: 2, max: 2), workers: WorkerBounds(min: 1, max: 20, initial: 4),
        startUp: StartUpDelay(mean: 5), stepSeconds: 8, steps: 30)
}
