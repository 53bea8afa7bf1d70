public import Farm
public import FarmEnvironments
public import Randomness

/// A reward that no policy can pass on an episode, by leaving out nearly all that makes farms hard.
///
/// In the relaxed farm work is fractional and preemptive, workers are there at once and as many as one likes, an idle one costs
/// nothing beyond the scenario's fewest, and tasks that are going to be late may be left undone. Then a task in time costs
/// its service time, a missed one costs a miss, and the cheapest choice is to do the shortest first, up to where the next
/// would cost more than it saves, or up to the QoS that is wanted: a task whose service time is longer than its deadline
/// cannot be in time at all. Every episode of a real policy is one of the relaxed farm's with the same or a higher cost.
public struct LowerBound: Sendable {
    private let scenario: Scenario
    private let weights: RewardWeights
    /// The least QoS, where the cost of that is asked for.
    private let wanted: Double?
    private let scale: FarmScale

    /// What the relaxed farm has a value for. It has no workers that start, and no queue.
    static let told: Set<Metric> = [.qos, .meanWorkers, .workerSeconds, .reward]

    /// A bound on the reward.
    public init(_ scenario: Scenario, weights: RewardWeights) {
        self.init(scenario, weights, wanted: nil)
    }

    /// A bound on the worker-seconds that a QoS, from 0 to 1, costs.
    public init(_ scenario: Scenario, qos: Double) {
        self.init(scenario, RewardWeights(), wanted: qos)
    }

    private init(_ scenario: Scenario, _ weights: RewardWeights, wanted: Double?) {
        self.scenario = scenario
        self.weights = weights
        self.wanted = wanted
        scale = FarmScale(scenario)
    }

    /// The bound on the episode of `seed`. Times that the relaxed farm does not tell are those of an empty farm.
    public func result(seed: Seed, number: UInt64) -> EpisodeResult {
        var arrivals = EpisodeStream.arrivals.generator(seed)
        var service = EpisodeStream.service.generator(seed)
        let samplers = scenario.stages.map { ServiceSampler($0.service) }
        var cursor = ArrivalCursor(scenario, using: &arrivals)
        var times: [Double] = []
        var missed = 0
        var undecided = 0
        var last = 0.0
        var index = 0
        while true {
            let time = cursor.next(using: &arrivals)
            guard time < scenario.horizon else { break }
            var seconds = samplers.sum { $0.sample(at: time, using: &service) }
            var deadline = scenario.deadline.seconds(forService: seconds)
            if case .bag(let bag) = scenario.arrivals {
                seconds = bag.tasks[index].seconds ?? seconds
                deadline = bag.tasks[index].deadline ?? scenario.deadline.seconds(forService: seconds)
            }
            index += 1
            last = time
            // A task that an episode may end before is not sure to be missed.
            guard time + deadline <= scenario.horizon else {
                undecided += 1
                continue
            }
            if seconds <= deadline { times.append(seconds) } else { missed += 1 }
        }
        // An episode of a fixed number of tasks may end early, but not before its last task.
        let length = scenario.arrivals.isFixedCount ? min(last, scenario.horizon) : scenario.horizon
        return cheapest(
            times.sorted(), surelyMissed: missed, undecided: undecided, length: max(length, 1e-9), number: number)
    }

    /// - Parameter undecided: tasks that may have been done in time or not, which a wanted QoS counts as done for nothing.
    private func cheapest(
        _ times: [Double], surelyMissed: Int, undecided: Int, length: Double, number: UInt64
    ) -> EpisodeResult {
        let floor = Double(scenario.workers.min) * length
        var work = 0.0
        var best = (cost: Double.infinity, met: 0, paid: 0.0)
        for met in 0...times.count {
            if met > 0 { work += times[met - 1] }
            let paid = max(floor, work)
            let cost = weights.miss * Double(times.count - met + surelyMissed) + weights.cost * paid
            if let wanted {
                best = (cost, met, paid)
                let emitted = times.count + surelyMissed + undecided
                if Double(met + undecided) >= wanted * Double(emitted) - 1e-9 { break }
            } else if cost < best.cost {
                best = (cost, met, paid)
            }
        }
        let counted = wanted == nil ? 0 : undecided
        let tasks = times.count + surelyMissed + counted
        let qos = tasks > 0 ? Double(best.met + counted) / Double(tasks) : 1
        let response = best.met > 0 ? times[..<best.met].reduce(0, +) / Double(best.met) : 0
        var result = EpisodeResult()
        (result.qos, result.paperQoS) = (qos, qos)
        (result.meanWorkers, result.meanReady) = (best.paid / length, best.paid / length)
        (result.paperMeanWorkers, result.meanDesired) = (best.paid / length, best.paid / length)
        result.maxWorkers = Double(scenario.workers.min)
        result.workerSeconds = best.paid
        for time in [Metric.responseTime, .responseTimeP50, .responseTimeP95, .responseTimeP99] {
            result[time] = response
        }
        result.reward = 0 - best.cost / scale.tasksPerStep
        result.seed = number
        return result
    }
}
