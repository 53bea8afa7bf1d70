public import Farm
public import FarmEnvironments
public import FarmPolicies
import FarmSimulator
public import Gymnasium
public import Randomness

/// Runs episodes of policies in the simulator and says what they came to.
public struct EpisodeRunner: Sendable {
    public let scenario: Scenario
    /// What a policy may change in a step.
    public let action: ActionScheme
    public let reward: RewardScheme
    private let process: DecisionProcess

    /// The drain before the paper counts, in seconds.
    private static let drainSeconds = 8.0

    public init(_ scenario: Scenario, action: ActionScheme, reward: RewardScheme) throws(EnvironmentError) {
        self.scenario = scenario
        self.action = action
        self.reward = reward
        process = try DecisionProcess(scenario: scenario, action: action, reward: reward)
    }

    /// What a policy may do where nothing is said: one worker a step where a step waits for its scaling, as in the paper, and
    /// any number elsewhere.
    public static func usualAction(_ scenario: Scenario) -> ActionScheme {
        scenario.scaling == .blocking ? .paper : .target
    }

    /// A policy's wish, cut to what one action can do.
    ///
    /// - Parameters:
    ///   - wish: workers that a policy would ask for.
    ///   - current: workers that are asked for now.
    public func allowed(_ wish: Int, current: Int) -> Int {
        let wish = scenario.workers.clamp(wish)
        switch action {
        case .paper: return min(max(wish, current - 1), current + 1)
        case .delta(let k): return min(max(wish, current - k), current + k)
        case .target: return wish
        }
    }

    /// Runs one episode.
    ///
    /// - Parameter traced: whether the windows are wanted too.
    public func run(_ policy: any FarmPolicy, seed: Seed, number: UInt64, traced: Bool = false) -> (
        result: EpisodeResult, trace: EpisodeTrace?
    ) {
        var policy = policy
        policy.begin(scenario)
        var windows: [EpisodeTrace.Window] = []
        let result = run(seed: seed, number: number) { metrics in
            if traced, metrics.step > 0 { windows.append(EpisodeTrace.Window(metrics)) }
            return policy.desired(after: metrics)
        } last: { metrics in
            if traced { windows.append(EpisodeTrace.Window(metrics)) }
        }
        return (result, traced ? EpisodeTrace(seed: number, windows: windows) : nil)
    }

    /// Runs one episode of a policy, and keeps what it asked for in each step.
    func played(_ policy: any FarmPolicy, seed: Seed, number: UInt64) -> (plan: [Int], result: EpisodeResult) {
        var policy = policy
        policy.begin(scenario)
        var plan: [Int] = []
        let result = run(seed: seed, number: number) { metrics in
            plan.append(allowed(policy.desired(after: metrics), current: metrics.desired))
            return plan.last ?? metrics.desired
        } last: { _ in
        }
        return (plan, result)
    }

    /// Runs one episode of given wishes, one a step; the last one holds.
    func run(plan: [Int], seed: Seed, number: UInt64) -> EpisodeResult {
        run(seed: seed, number: number) {
            plan[min($0.step, plan.count - 1)]
        } last: { _ in
        }
    }

    private func run(
        seed: Seed, number: UInt64, wish: (WindowMetrics) -> Int, last: (WindowMetrics) -> Void
    ) -> EpisodeResult {
        let farm = SimulatedFarm(scenario, keepsResponseTimes: true)
        var process = process
        farm.reset(seed: seed)
        process.begin(farm.metrics)
        var sums = Sums()
        while farm.end == nil {
            farm.advance(desired: allowed(wish(farm.metrics), current: farm.metrics.desired))
            sums.add(farm.metrics, reward: process.step(farm.metrics, end: farm.end).reward)
        }
        let metrics = farm.metrics
        last(metrics)
        var result = sums.result(metrics, seed: number)
        result.responseTimeP50 = farm.responseTime(quantile: 0.5) ?? result.responseTimeMean
        result.responseTimeP95 = farm.responseTime(quantile: 0.95) ?? result.responseTimeMean
        result.responseTimeP99 = farm.responseTime(quantile: 0.99) ?? result.responseTimeMean
        let drained = farm.drain(seconds: EpisodeRunner.drainSeconds)
        result.paperQoS = drained.done > 0 ? Double(drained.met) / Double(drained.done) : drained.emitted > 0 ? 0 : 1
        return result
    }

    /// Of an episode's windows.
    struct Sums {
        private(set) var steps = 0.0
        private var seconds = 0.0
        private var paid = 0.0
        private var readySeconds = 0.0
        private var observed = 0.0
        private var desired = 0.0
        private var most = 0
        private var actions = 0
        private var queue = 0.0
        private var responses = 0.0
        private var completions = 0
        private var reward = 0.0

        mutating func add(_ metrics: WindowMetrics, reward: Double) {
            steps += 1
            seconds += metrics.windowSeconds
            paid += metrics.paidWorkerSeconds
            readySeconds += metrics.readyWorkerSeconds
            observed += Double(metrics.ready)
            desired += Double(metrics.desired)
            most = max(most, metrics.ready + metrics.starting + metrics.draining)
            if metrics.appliedDelta != 0 { actions += 1 }
            queue += Double(metrics.queueLength)
            completions += metrics.completions
            responses += (metrics.responseTimeMean ?? 0) * Double(metrics.completions)
            self.reward += reward
        }

        func result(_ last: WindowMetrics, seed: UInt64) -> EpisodeResult {
            // Where nothing was done, what is known of the response time is that it is as long as the episode.
            let response = completions > 0 ? responses / Double(completions) : last.totals.emitted > 0 ? seconds : 0
            return EpisodeResult(
                qos: last.totals.qos, paperQoS: 0, meanWorkers: paid / seconds, meanReady: readySeconds / seconds,
                paperMeanWorkers: observed / steps, meanDesired: desired / steps,
                maxWorkers: Double(most), workerSeconds: paid, scalingActions: Double(actions),
                responseTimeMean: response, responseTimeP50: 0, responseTimeP95: 0,
                responseTimeP99: 0, queueMean: queue / steps, reward: reward, seed: seed)
        }
    }
}

extension EpisodeTrace.Window {
    init(_ metrics: WindowMetrics) {
        self.init(
            time: metrics.time, arrivalRate: metrics.arrivalRate, desired: Double(metrics.desired),
            ready: Double(metrics.ready), queueLength: Double(metrics.queueLength), qos: metrics.qos)
    }
}
