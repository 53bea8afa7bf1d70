import Randomness

extension ScenarioFamily {
    /// Farms of nearly every size: see ``GeneralScenario``.
    static let general = ScenarioFamily(
        name: "general",
        summary: """
            loads of 0.5 to 40 workers at 0.2 to 60 tasks a second that stand still, wander, jump, swing, climb and flash, with \
            work of 0.05 to 20 s, starts of 0 to 60 s and bounds up to 64
            """,
        mostSteps: GeneralScenario.mostSteps, mostTasks: GeneralScenario.mostTasks
    ) { draw in GeneralScenario.draw(using: &draw) }
}

/// A scenario of the family `general`. What each number may be is in docs/scenarios.md.
private enum GeneralScenario {
    static let mostSteps = 300
    static let leastSteps = 60
    static let mostTasks = 216_000.0
    /// Tasks of an episode that its length aims at, at most.
    private static let tasks = 40_000.0
    private static let mostWorkers = 64

    static func draw(using draw: inout ParameterDraw) -> Scenario {
        let (load, service) = loadAndService(using: &draw)
        let rate = load / service
        let step = draw.pick([2.0, 4, 8, 8, 8, 8, 8, 15, 30, 60])
        let steps = min(max(Int(tasks / (rate * step)), leastSteps), mostSteps)
        let peak = draw.uniform(0.7, 1.1) * Double(mostWorkers) / load
        let course = RateCourse(steps: steps, peak: peak, using: &draw)
        let counts = course.rates.map { $0 * rate * step / Double(RateCourse.cells) }
        return Scenario(
            name: "general", summary: "one of the family \(ScenarioFamily.prefix)general",
            arrivals: .trace(
                ArrivalTrace(
                    seconds: step / Double(RateCourse.cells), counts: counts, isExact: false, source: "drawn")),
            service: ServiceTime(shape(service, using: &draw), min: service / 50, max: service * 12),
            deadline: deadline(service, using: &draw),
            workers: bounds(load, peak: load * course.highest, using: &draw),
            startUp: startUp(horizon: step * Double(steps), using: &draw), stepSeconds: step, steps: steps,
            // Work that takes long is no failure.
            retry: RetryPolicy(attemptLimit: 1_000))
    }

    /// Workers that are busy on average, and the seconds of a task.
    private static func loadAndService(using draw: inout ParameterDraw) -> (Double, Double) {
        for _ in 0..<1_000 {
            let (load, service) = (draw.logUniform(0.5, 40), draw.logUniform(0.05, 20))
            if (0.2...60).contains(load / service) { return (load, service) }
        }
        return (4, 1)
    }

    private static func shape(_ mean: Double, using draw: inout ParameterDraw) -> ServiceTime.Distribution {
        let cv = draw.uniform(0.3, 2)
        return draw.pick([
            .constant(mean), .exponential(mean: mean), .gamma(shape: 4, mean: mean), .lognormal(mean: mean, cv: cv),
            .lognormal(mean: mean, cv: cv),
        ])
    }

    private static func deadline(_ service: Double, using draw: inout ParameterDraw) -> DeadlineRule {
        if draw.happens(0.5) { return DeadlineRule(factor: draw.logUniform(1.5, 6), min: 0.1, max: 120) }
        let seconds = max(0.1, service * draw.logUniform(1.5, 30))
        return DeadlineRule(factor: 0, min: seconds, max: seconds)
    }

    private static func bounds(
        _ load: Double, peak: Double, using draw: inout ParameterDraw
    ) -> WorkerBounds {
        let own = Int(peak * draw.uniform(0.9, 2.5)) + 2
        let wanted = draw.pick([mostWorkers, 32, own])
        let most = min(max(wanted, Int(load * 1.2) + 2), mostWorkers)
        let least = draw.happens(0.85) ? 1 : min(draw.pick([0, 2, 3]), most / 4)
        let initial = Int(load * draw.logUniform(0.5, 2)) + 1
        return WorkerBounds(min: least, max: most, initial: min(max(initial, least), most))
    }

    /// A start takes a sixth of an episode at most.
    private static func startUp(horizon: Double, using draw: inout ParameterDraw) -> StartUpDelay {
        let mean = min(draw.logUniform(0.5, 60), horizon / 6)
        let deviation = mean * draw.uniform(0, 0.25)
        return draw.happens(0.12)
            ? StartUpDelay(mean: 0) : StartUpDelay(mean: mean, standardDeviation: deviation)
    }
}
