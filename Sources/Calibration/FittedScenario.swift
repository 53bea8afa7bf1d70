import Episodes
import Farm
import Foundation

/// A scenario whose numbers are what live episodes were measured to have.
struct FittedScenario {
    private(set) var scenario: Scenario
    let service: ServiceFit
    let arrivals: ArrivalFit
    /// nil: no worker was seen to start, and the delay is the recorded scenario's.
    let startUp: StartUpFit?
    /// The chance that an attempt fails.
    let attemptFailure: Double
    let attempts: Int
    /// Mean seconds of a call beyond its work; 0 where the farm did not say.
    let overhead: Double
    /// nil: not looked at yet.
    private(set) var dispatch: DispatchFit?

    /// - Parameters:
    ///   - base: the scenario of the recordings; what can not be measured stays as it is there.
    ///   - name: of the fitted one.
    /// - Throws: ``CalibrationError`` when too little was recorded.
    init(_ episodes: [FarmObservation], base: Scenario, name: String) throws {
        let tasks = episodes.flatMap(\.tasks)
        let done = tasks.filter { $0.outcome == .done }
        let told = episodes.compactMap { episode in
            episode.overhead.map { (seconds: $0, weight: Double(episode.tasks.count)) }
        }
        let weight = told.reduce(0) { $0 + $1.weight }
        overhead = weight > 0 ? told.reduce(0) { $0 + $1.seconds * $1.weight } / weight : 0
        // Deadlines hang on the work alone, so the rest of a call is kept apart.
        let overhead = overhead
        guard let service = ServiceFit(done.compactMap { $0.service.map { max(1e-6, $0 - overhead) } }) else {
            throw CalibrationError("no recorded task was done, so nothing is known of service times")
        }
        guard let arrivals = ArrivalFit(episodes.map { $0.tasks.compactMap(\.generated) }, horizon: base.horizon) else {
            throw CalibrationError("no recorded task has a generation time")
        }
        self.service = service
        self.arrivals = arrivals
        startUp = StartUpFit(episodes.map(\.windows))
        attempts = tasks.compactMap(\.attempts).reduce(0, +)
        attemptFailure =
            attempts > 0 ? max(0, Double(attempts - done.count - tasks.filter(\.wasCut).count) / Double(attempts)) : 0

        var scenario = base
        scenario.name = name
        scenario.version = 1
        scenario.summary = "fitted to \(episodes.count) recorded episodes of \(base.name)@\(base.version)"
        scenario.arrivals = .phases(
            arrivals.phases.enumerated().map { index, phase in
                Arrivals.Phase(
                    name: "phase-\(index + 1)", seconds: phase.seconds, rate: .constant(phase.rate), tasks: phase.tasks)
            })
        scenario.stages.first.service = FittedScenario.service(service)
        if let startUp {
            let spread = startUp.standardDeviation
            scenario.stages.first.startUp = StartUpDelay(mean: startUp.mean, standardDeviation: spread)
        }
        scenario.faults = Faults()
        scenario.faults.attempt = attemptFailure
        scenario.platform = FittedScenario.platform(overhead: overhead)
        self.scenario = scenario
    }

    /// Takes over how calls found their workers.
    mutating func take(_ dispatch: DispatchFit) {
        self.dispatch = dispatch
        scenario.platform.dispatch = dispatch.dispatch
    }

    /// The recorded scenario's is that of simulations only. A call's overhead keeps its worker as long, and its result.
    static func platform(overhead: Double) -> Platform {
        var platform = Platform()
        platform.busyPoll = overhead
        platform.collectPoll = 2 * overhead
        return platform
    }

    private static func service(_ fit: ServiceFit) -> ServiceTime {
        switch fit.family {
        case .constant(let seconds): ServiceTime(.constant(seconds))
        case .gamma(let shape, let mean): ServiceTime(.gamma(shape: shape, mean: mean))
        case .lognormal(let mean, let cv): ServiceTime(.lognormal(mean: mean, cv: cv))
        case .empirical(let values): ServiceTime(.empirical(values))
        }
    }

    /// The scenario file, with the figures of the fit as comments.
    var yaml: String {
        figures.map { "# \($0)\n" }.joined() + scenario.yaml
    }

    /// How good the fit is, a line a part.
    var figures: [String] {
        func text(_ number: Double) -> String { String(format: "%.4g", number) }
        let goodness =
            service.probability.map { "KS distance \(text(service.distance)), p \(text($0))" }
            ?? (service.family.name == "constant"
                ? "all the same" : "quantiles of what was measured, since no family was within 5 points")
        let phases = arrivals.phases.count
        let alike = arrivals.phases.count { $0.tasks != nil }
        var lines = [
            "service: \(service.family.name), \(service.count) tasks, mean \(text(service.mean)) s, "
                + "sd \(text(service.standardDeviation)) s; " + goodness,
            "arrivals: \(arrivals.count) tasks in \(phases) \(phases == 1 ? "phase" : "phases"), \(alike) with as many "
                + "in every episode; dispersion \(text(arrivals.dispersion)) (Poisson: 1), KS distance of the gaps \(text(arrivals.distance)), "
                + "p \(text(arrivals.probability))",
        ]
        lines.append(
            startUp.map {
                "start-up: \($0.starts) starts in \($0.waves) waves, mean \(text($0.mean)) s, sd \(text($0.standardDeviation)) s"
            } ?? "start-up: no worker was seen to start; as in the recorded scenario")
        lines.append("overhead: \(text(overhead)) s a call beyond its work")
        lines.append("failures: \(text(attemptFailure)) of \(attempts) attempts")
        if let dispatch { lines.append(dispatch.figure) }
        return lines
    }
}

extension RecordedTask {
    /// The episode ended while an attempt ran or before one began, which is no failure of it.
    fileprivate var wasCut: Bool { outcome == .unfinished && (attempts ?? 0) > 0 }
}
