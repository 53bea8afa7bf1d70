import Farm
import FarmEnvironments
import FarmSimulator
import Randomness

/// States of an episode on any simulated farm: slower than ``ModelledStates``, and with every platform, fault and reward.
struct SimulatedStates: SearchStates {
    private let scenario: Scenario
    private let tape: TaskTape
    private let seed: Seed
    /// Nil: the scheme's reward counts.
    private let prices: SearchPrices?
    private let backlogPrices: SearchPrices
    private let rewardScale: Double
    private var process: DecisionProcess
    private let farms: [SimulatedFarm]

    init(
        _ scenario: Scenario, _ tape: TaskTape, seed: Seed, process: DecisionProcess, prices: SearchPrices?,
        backlogPrices: SearchPrices, count: Int
    ) {
        (self.scenario, self.tape, self.seed) = (scenario, tape, seed)
        (self.process, self.prices, self.backlogPrices) = (process, prices, backlogPrices)
        rewardScale = FarmScale(scenario).tasksPerStep
        farms = (0..<count).map { _ in SimulatedFarm(scenario) }
    }

    mutating func begin(_ slot: Int) {
        farms[slot].reset(seed: seed, tape: tape)
        process.begin(farms[slot].metrics)
    }

    mutating func copy(_ source: Int, to target: Int) {
        if source != target { farms[target].takeOver(farms[source]) }
    }

    func desired(_ slot: Int) -> Int { farms[slot].metrics.desired }

    mutating func play(_ slot: Int, _ target: Int) -> SearchStep {
        let farm = farms[slot]
        farm.advance(Staffing(target))
        let metrics = farm.metrics
        let totals = metrics.totals
        var step = SearchStep(served: totals.emitted - totals.queued, isOver: farm.end != nil)
        if let prices {
            step.cost =
                prices.miss * Double(metrics.missed) + prices.worker * metrics.paidWorkerSeconds
                + prices.change * Double(metrics.changes) + prices.queue * Double(metrics.queueLength)
            if step.isOver { step.cost += prices.miss * Double(totals.emitted - totals.met - totals.missed) }
        } else {
            step.cost = 0 - process.step(metrics, end: farm.end).reward * rewardScale
        }
        return step
    }

    func backlog(_ slot: Int) -> Double {
        let metrics = farms[slot].metrics
        let waiting = metrics.queueLength
        guard waiting > 0 else { return 0 }
        let service = scenario.meanService
        let pace = service / Double(max(metrics.ready + metrics.starting, 1))
        // Ages fall evenly from the oldest task's to that of one that has just come.
        let stride = max(1, waiting / 1_000)
        var missed = 0
        for place in Swift.stride(from: 0, to: waiting, by: stride) {
            let age = metrics.oldestAge * (1 - Double(place) / Double(waiting))
            let isLate = age + Double(place) * pace + service > scenario.meanDeadline
            if age < scenario.meanDeadline, isLate { missed += stride }
        }
        return backlogPrices.miss * Double(missed) + backlogPrices.worker * Double(waiting) * service
    }
}
