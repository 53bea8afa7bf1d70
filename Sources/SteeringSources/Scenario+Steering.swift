public import Farm
public import Steering

extension Scenario {
    /// What is known beforehand of a function that is steered, as policies want to be told it. Nothing is known of its arrivals, and
    /// it has no end: 12 years, which no policy runs into.
    public init(_ settings: SteeringSettings) {
        let period = max(settings.period, 1e-3)
        let horizon = 4e8
        self.init(
            name: "steered",
            arrivals: .phases([.init(name: "steered", seconds: horizon, rate: .constant(0))]),
            service: ServiceTime(.lognormal(mean: settings.service, cv: Scenario.steeredVariation)),
            deadline: DeadlineRule(factor: 0, min: settings.deadline, max: settings.deadline),
            workers: settings.workers, startUp: StartUpDelay(mean: settings.startUp), stepSeconds: period,
            steps: Int(horizon / period))
    }

    /// Standard deviation over mean of what calls need, for want of anything better.
    static let steeredVariation = 0.7
    /// The 95th percentile of such a distribution over its mean.
    static let steeredTail = 2.3
}
