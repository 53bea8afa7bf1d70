public import Farm
public import FarmEnvironments
public import FarmPolicies
import Gymnasium
public import Learning

/// What an agent learnt on a farm, as a policy: it sees the windows as it did in training, and takes the best action.
public struct TrainedFarmPolicy: FarmPolicy {
    public let name: String
    private let policy: TrainedPolicy
    /// Of the episode under way.
    private var memory: TrainedPolicy.Memory
    private let observation: ObservationScheme
    /// What it may do in a step, as in training.
    public let action: ActionScheme
    private let history: Int
    private let fitsBounds: Bool
    private var process: DecisionProcess?
    private var hasBegun = false

    /// - Parameters:
    ///   - name: in tables.
    ///   - scenario: that it is to run on; may be another than that of its training.
    ///   - fitsBounds: whether other bounds of workers than in training are no obstacle: then it sees and asks for
    /// numbers as if as many
    ///     were allowed as in training, and what is beyond the scenario's bounds is moved into them.
    /// - Throws: `EnvironmentError` when it was not trained on a farm, or its arguments do not fit the scenario.
    public init(_ policy: TrainedPolicy, name: String, scenario: Scenario, fitsBounds: Bool = false) throws {
        guard policy.origin.environmentID == FarmEnvironmentRegistration.id else {
            throw EnvironmentError(
                .badArgument(name: "policies"),
                "\(name) was trained on \(policy.origin.environmentID), expected \(FarmEnvironmentRegistration.id)")
        }
        func argument(_ name: String) -> Value? { policy.origin.arguments.first { $0.key == name }?.value }
        self.name = name
        self.policy = policy
        memory = policy.emptyMemory
        observation = try ObservationScheme(argument("observation") ?? "full")
        action = try ActionScheme(argument("action") ?? "delta")
        history = argument("history")?.int.map { Int($0) } ?? 1
        self.fitsBounds = fitsBounds
        let process = try DecisionProcess(
            scenario: fitted(scenario), observation: observation, action: action, history: history)
        guard process.observationSpace == policy.origin.observationSpace,
            process.actionSpace == policy.origin.actionSpace
        else {
            throw EnvironmentError(
                .badArgument(name: "policies"),
                "\(name) was trained with other "
                    + (process.actionSpace == policy.origin.actionSpace
                        ? "observations than \(scenario.name) has"
                        : "actions than \(scenario.name) has: \(Self.words(policy.origin.actionSpace)), here "
                            + Self.words(process.actionSpace)) + "; train one on this scenario")
        }
        self.process = process
    }

    public var needs: MetricAbsences { observation.needs.union(action.needs) }

    /// The prices that the agent was taught by its reward; the usual ones where that is the paper's.
    public var prices: RewardWeights {
        let value = policy.origin.arguments.first { $0.key == "reward" }?.value
        guard case .weights(let weights)? = try? RewardScheme(value ?? "default") else { return RewardWeights() }
        return weights
    }

    /// The scenario with as many numbers of workers in each stage as the agent can ask for, if it may be changed.
    private func fitted(_ scenario: Scenario) -> Scenario {
        guard fitsBounds, action == .target, case .discrete(let choices) = policy.origin.actionSpace,
            scenario.stages.count == 1
        else { return scenario }
        var scenario = scenario
        let bounds = scenario.stages.first.workers
        let most = bounds.min.addingReportingOverflow(Int(clamping: choices.n) - 1).partialValue
        scenario.stages.first.workers = WorkerBounds(
            min: bounds.min, max: max(most, bounds.min), initial: min(bounds.initial, max(most, bounds.min)))
        return scenario
    }

    private static func words(_ space: Space) -> String {
        if case .discrete(let choices) = space { return "\(choices.n) of them" }
        return "no numbered ones"
    }

    public mutating func begin(_ scenario: Scenario) {
        hasBegun = false
        memory = policy.emptyMemory
        let scenario = fitted(scenario)
        if process?.scenario != scenario {
            process = try? DecisionProcess(
                scenario: scenario, observation: observation, action: action, history: history)
        }
    }

    public mutating func staffing(after metrics: WindowMetrics) -> Staffing {
        guard var process else { return metrics.staffing }
        if hasBegun { _ = process.step(metrics, end: nil) } else { process.begin(metrics) }
        hasBegun = true
        self.process = process
        let action = policy.greedyAction(process.observation, mask: process.actionMask, memory: &memory)
        guard case .discrete(let chosen) = action else {
            return metrics.staffing
        }
        return process.staffing(for: PerStage(Int(chosen)))
    }
}
