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
    let process: DecisionProcess

    /// The drain before the paper counts, in seconds.
    private static let drainSeconds = 8.0

    /// - Throws: `badArgument` for `scenario`: a pipeline, which the simulator does not run.
    public init(_ scenario: Scenario, action: ActionScheme, reward: RewardScheme) throws(EnvironmentError) {
        do { try scenario.checkThatItRuns() } catch {
            throw EnvironmentError(.badArgument(name: "scenario"), error.description)
        }
        if case .weights(let weights) = reward, weights.per != .tasks {
            throw EnvironmentError(
                .badArgument(name: "reward"),
                "a reward per \(weights.per.rawValue) is for training; comparisons are of rewards per tasks, so leave out per"
            )
        }
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

    /// A policy's wish, cut to what one action a stage can do.
    ///
    /// - Parameters:
    ///   - wish: workers that a policy would ask for.
    ///   - current: workers that are asked for now.
    public func allowed(_ wish: Staffing, current: Staffing) -> Staffing {
        var allowed = wish
        for stage in scenario.stages.indices {
            let (wish, current) = (scenario.stages[stage].workers.clamp(wish[stage]), current[stage])
            switch action {
            case .paper: allowed[stage] = min(max(wish, current - 1), current + 1)
            case .delta(let k): allowed[stage] = min(max(wish, current - k), current + k)
            // A rule asks for numbers, which the multiples of a need come to as well.
            case .target, .need: allowed[stage] = wish
            }
        }
        return allowed
    }

    /// What came of an episode: its numbers, its windows if they were wanted, and what was asked for in each step.
    public typealias Run = (result: EpisodeResult, trace: EpisodeTrace?, plan: [Staffing])

    /// Runs one episode.
    ///
    /// - Parameters:
    ///   - traced: whether the windows are wanted too.
    ///   - tape: the seed's tasks, where they have been drawn.
    public func run(
        _ policy: any FarmPolicy, seed: Seed, number: UInt64, traced: Bool = false, tape: TaskTape? = nil
    ) -> Run {
        let farm = SimulatedFarm(scenario, keepsResponseTimes: true)
        var (policy, process) = (policy, process)
        policy.begin(scenario)
        farm.reset(seed: seed, tape: tape)
        process.begin(farm.metrics)
        var plan: [Staffing] = []
        var windows: [EpisodeTrace.Window] = []
        while farm.end == nil {
            let staffing = allowed(policy.staffing(after: farm.metrics), current: farm.metrics.staffing)
            plan.append(staffing)
            farm.advance(staffing)
            _ = process.step(farm.metrics, end: farm.end)
            if traced { windows.append(EpisodeTrace.Window(farm.metrics)) }
        }
        var result = EpisodeResult(process.account, farm.metrics.totals, seed: number)
        result.responseTimeP50 = farm.responseTime(quantile: 0.5) ?? result.responseTimeMean
        result.responseTimeP95 = farm.responseTime(quantile: 0.95) ?? result.responseTimeMean
        result.responseTimeP99 = farm.responseTime(quantile: 0.99) ?? result.responseTimeMean
        let drained = farm.drain(seconds: EpisodeRunner.drainSeconds)
        result.paperQoS = drained.done > 0 ? Double(drained.met) / Double(drained.done) : drained.emitted > 0 ? 0 : 1
        return (result, traced ? EpisodeTrace(seed: number, windows: windows) : nil, plan)
    }
}

extension EpisodeTrace.Window {
    init(_ metrics: WindowMetrics) {
        self.init(
            time: metrics.time, arrivalRate: metrics.arrivalRate, desired: Double(metrics.desired),
            ready: Double(metrics.ready), queueLength: Double(metrics.queueLength), qos: metrics.qos,
            arrivals: Double(metrics.arrivals), met: Double(metrics.met), workerSeconds: metrics.paidWorkerSeconds)
    }
}
