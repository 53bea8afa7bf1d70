import Farm
import FarmModel
import Randomness

/// States of an episode that the model plays exactly, at a tenth of a microsecond a task.
struct ModelledStates: SearchStates {
    private let scenario: Scenario
    private let tape: TaskTape
    private let prices: SearchPrices
    /// Whether what is undecided at the end is missed.
    private let countsUndecided: Bool
    private let canFinish: Bool
    private let meanService: Double
    private var delays: StartDelays
    private var states: StageStates
    private var steps: ContiguousArray<Int>
    /// Tasks whose deadline was met or missed.
    private var decided: ContiguousArray<Int>

    /// - Returns: nil where the model does not do what the simulator does.
    init?(
        _ scenario: Scenario, _ tape: TaskTape, seed: Seed, prices: SearchPrices, countsUndecided: Bool, count: Int
    ) {
        guard scenario.scaling == .unblocked, scenario.isModelled(tape), tape.isComplete else { return nil }
        (self.scenario, self.tape, self.prices) = (scenario, tape, prices)
        self.countsUndecided = countsUndecided
        canFinish = scenario.arrivals.isFixedCount
        meanService = tape.tasks.isEmpty ? 0 : tape.tasks.reduce(0) { $0 + $1.service } / Double(tape.tasks.count)
        delays = StartDelays(scenario, seed: seed)
        states = StageStates(scenario.stages.first, count: count)
        steps = ContiguousArray(repeating: 0, count: count)
        decided = ContiguousArray(repeating: 0, count: count)
    }

    mutating func begin(_ slot: Int) {
        states.begin(slot, workers: max(scenario.stages.first.workers.initial, scenario.platform.floor))
        steps[slot] = 0
        decided[slot] = 0
    }

    mutating func copy(_ source: Int, to target: Int) {
        states.copy(source, to: target)
        steps[target] = steps[source]
        decided[target] = decided[source]
    }

    func desired(_ slot: Int) -> Int { states.desired(slot) }

    mutating func play(_ slot: Int, _ target: Int) -> SearchStep {
        let change = states.ask(slot, for: max(target, scenario.platform.floor), delays: &delays)
        let length = scenario.stepSeconds
        let begun = states.now(slot)
        let end =
            scenario.platform.isSliding
            ? begun + length : ((begun + length / 2) / length).rounded(.up) * length
        let window = states.play(slot, tape, until: end)
        steps[slot] += 1
        decided[slot] += window.met + window.missed
        var step = SearchStep(served: states.nextTask(slot))
        step.cost =
            window.cost(miss: prices.miss, worker: prices.worker) + prices.change * Double(change.magnitude)
            + prices.queue * Double(window.waiting)
        let isLast =
            scenario.platform.isSliding ? steps[slot] >= scenario.steps : end >= scenario.horizon - length / 4
        let isServed = canFinish && window.waiting == 0 && states.nextTask(slot) == tape.tasks.count
        step.isOver = isLast || isServed && states.running(slot) == 0
        if isLast, countsUndecided {
            step.cost += prices.miss * Double(states.nextTask(slot) + window.waiting - decided[slot])
        }
        return step
    }

    func backlog(_ slot: Int) -> Double {
        let waiting = states.waiting(slot)
        guard waiting > 0 else { return 0 }
        let next = states.nextTask(slot)
        let now = states.now(slot)
        let workers = states.lasting(slot)
        // The misses of those before are booked.
        var first = next
        var last = next + waiting
        while first < last {
            let middle = (first + last) / 2
            if tape.tasks[middle].arrival < now - tape.longestDeadline { first = middle + 1 } else { last = middle }
        }
        var work = Double(first - next) * meanService
        var missed = 0
        for place in first..<next + waiting {
            let task = tape.tasks[place]
            let finish = workers > 0 ? now + work / Double(workers) + task.service : .infinity
            work += task.service
            if finish > task.deadline, task.deadline >= now, task.deadline < scenario.horizon { missed += 1 }
        }
        return prices.miss * Double(missed) + prices.worker * work
    }
}
