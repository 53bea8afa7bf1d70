import Farm
import FarmPolicies
import FarmSimulator
import Randomness

/// A policy of one's own: as many workers as Little's law wants for what arrives, and some more for what waits.
struct LittlesLaw: FarmPolicy {
    /// Seconds in which the queue is to be worked off.
    let patience: Double
    private var services = PerStage(0.0)

    init(patience: Double = 4) { self.patience = patience }

    var name: String { "littles-law:\(patience)" }

    mutating func begin(_ scenario: Scenario) { services = scenario.stages.map(\.service.mean) }

    mutating func staffing(after metrics: WindowMetrics) -> Staffing {
        var staffing = metrics.staffing
        for (index, stage) in metrics.stages.enumerated() where metrics.windowSeconds > 0 {
            let rate = stage.arrivalRate + Double(stage.queueLength) / patience
            staffing[index] = Int((rate * services[index]).rounded(.up))
        }
        return staffing
    }
}

/// What a policy comes to in a simulated episode: the share of tasks in time, and the workers that were paid for on average.
func play(_ policy: some FarmPolicy, _ scenario: Scenario, seed: Seed) -> (qos: Double, workers: Double) {
    var policy = policy
    let farm = SimulatedFarm(scenario)
    var account = EpisodeAccount()
    farm.reset(seed: seed)
    policy.begin(scenario)
    while farm.end == nil {
        farm.advance(policy.staffing(after: farm.metrics))
        account.add(farm.metrics, reward: 0)
    }
    return (farm.metrics.totals.qos, account.meanWorkers)
}
