extension Scenario {
    /// The workload of arXiv 2602.06555 as it is described: its oscillating phases do oscillate, its phases last 60 s.
    static let paper = published(
        "paper", "the published workload as intended: 1,140 tasks in four phases, 1 to 32 workers, blocking scaling",
        .phases([
            .init(name: "steady-low", seconds: 60, rate: .constant(1.5), tasks: 90),
            .init(name: "steady-high", seconds: 60, rate: .constant(7.5), tasks: 450),
            .init(name: "slow-oscillation", seconds: 60, rate: .sine(mean: 5, amplitude: 2.5, cycles: 1), tasks: 300),
            .init(name: "fast-oscillation", seconds: 60, rate: .sine(mean: 5, amplitude: 3.5, cycles: 4), tasks: 300),
        ]))

    /// The same as its code ran it: no oscillation, and phases of random length.
    static let paperAsRun = published(
        "paper-as-run", "the published workload as its code makes it: phases of random length, none oscillates",
        .paced(
            PacedArrivals(
                phases: [
                    .init(name: "steady-low", tasks: 90, windows: 60),
                    .init(name: "steady-high", tasks: 450, windows: 60),
                    .init(name: "slow-oscillation", tasks: 300, windows: 60),
                    .init(name: "fast-oscillation", tasks: 300, windows: 60),
                ],
                windowSeconds: 1, startMin: 0.3, startMax: 0.9)))

    /// Workers that poll for tasks, a collector that polls for results, scaling by one that takes 5 to 9 s and is waited for:
    /// docs/paper.md has the source of each number.
    private static func published(_ name: String, _ summary: String, _ arrivals: Arrivals) -> Scenario {
        var platform = Platform()
        platform.idlePoll = 0.1
        platform.busyPoll = 0.003
        platform.collectPoll = 0.1
        platform.startConfirm = 1
        platform.stopPoll = 1
        platform.stop = [1.2, 2.2, 2.3]
        platform.observe = 0.2
        platform.isSliding = true
        var startUp = StartUpDelay(mean: 5.5, standardDeviation: 1, min: 3.7, max: 8.4)
        startUp.tailProbability = 0.005
        startUp.tailMax = 13.8
        let pixels = PixelTimes()
        return Scenario(
            name: name, summary: summary, arrivals: arrivals,
            service: ServiceTime(
                .gamma(shape: 4, mean: 1.5), min: pixels.seconds(side: 512), max: pixels.seconds(side: 4_096),
                pixels: pixels),
            deadline: DeadlineRule(factor: 2, min: 0.1, max: 30), workers: WorkerBounds(min: 1, max: 32, initial: 12),
            startUp: startUp, stepSeconds: 8, steps: 30, scaling: .blocking, platform: platform)
    }
}
