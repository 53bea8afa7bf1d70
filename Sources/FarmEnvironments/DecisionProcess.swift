public import Farm
public import Gymnasium
public import Randomness

/// Observations, actions and rewards over a farm's windows: what makes a decision process of any farm.
///
/// It has no clock and waits for nothing: the farm's windows go in, observations and rewards come out. ``begin(_:)`` and
/// ``step(_:end:)`` allocate nothing; ``info`` does.
public struct DecisionProcess: Sendable {
    public let scenario: Scenario
    public let observationScheme: ObservationScheme
    public let actionScheme: ActionScheme
    public let rewardScheme: RewardScheme
    /// Windows in an observation.
    public let history: Int
    /// Truncates an episode after so many steps; nil leaves the scenario's horizon as the only limit.
    public let maxEpisodeSteps: Int?

    /// The largest ``history``.
    public static let longestHistory = 256

    private(set) var scales: PerStage<FarmScale>
    /// One a stage.
    private let bounds: PerStage<WorkerBounds>
    /// Of the scenario.
    let warnings: [String]
    private var encoder: ObservationEncoder
    /// One a stage, kept up where something asks for it.
    private var needs: PerStage<NeedEstimate>
    private let estimatesNeed: Bool
    /// What the windows of the episode come to.
    public private(set) var account = EpisodeAccount()
    /// Of the last window.
    public private(set) var metrics = WindowMetrics()
    private(set) var outcome: Outcome?
    private(set) var farmEnd: FarmEnd?

    /// What came of a step.
    public struct Outcome: Sendable, Hashable {
        /// Finite.
        public var reward: Double
        public var terminated: Bool
        public var truncated: Bool

        /// Whether the episode is over.
        public var isLast: Bool { terminated || truncated }
    }

    /// - Throws: `badArgument` for `observation` (unknown or repeated names), `history` and `max_episode_steps`.
    public init(
        scenario: Scenario, observation: ObservationScheme = .full, action: ActionScheme = .delta(2),
        reward: RewardScheme = .weights(RewardWeights()), history: Int = 1, maxEpisodeSteps: Int? = nil
    ) throws(EnvironmentError) {
        guard (1...DecisionProcess.longestHistory).contains(history) else {
            throw EnvironmentError(
                .badArgument(name: "history"),
                "history must be 1 to \(DecisionProcess.longestHistory) windows, got \(history)")
        }
        if let maxEpisodeSteps, maxEpisodeSteps < 1 {
            throw EnvironmentError(
                .badArgument(name: "max_episode_steps"), "max_episode_steps must be 1 or more, got \(maxEpisodeSteps)")
        }
        self.scenario = scenario
        observationScheme = observation
        actionScheme = action
        rewardScheme = reward
        self.history = history
        self.maxEpisodeSteps = maxEpisodeSteps
        bounds = scenario.stages.map(\.workers)
        scales = PerStage(
            FarmScale(scenario), scenario.stages.indices.dropFirst().map { FarmScale(scenario, stage: $0) })
        warnings = scenario.warnings
        needs = scales.map { _ in NeedEstimate() }
        estimatesNeed = observation == .relative || action == .need
        encoder = try ObservationEncoder(observation, history: history, scales: scales)
    }

    /// The same of another scenario, before its first episode.
    ///
    /// - Throws: as `init`.
    public func moved(to scenario: Scenario) throws(EnvironmentError) -> DecisionProcess {
        try DecisionProcess(
            scenario: scenario, observation: observationScheme, action: actionScheme, reward: rewardScheme,
            history: history, maxEpisodeSteps: maxEpisodeSteps)
    }

    /// float32; `history` windows one after the other, oldest first.
    public var observationSpace: Space { encoder.space }

    /// Discrete; of several stages MultiDiscrete, with an action for each.
    public var actionSpace: Space {
        let counts = bounds.map { Int64(actionScheme.count($0)) }
        if counts.rest.isEmpty { return .discrete(Space.Discrete(n: counts.first)) }
        return .multiDiscrete(
            Space.MultiDiscrete(
                shape: [counts.count], nvec: Array(counts), start: Array(repeating: 0, count: counts.count)))
    }

    /// Actions there are, over all stages.
    public var actionCount: Int { bounds.sum(actionScheme.count) }

    /// Numbers in an observation.
    public var observationCount: Int { encoder.frames.count }

    /// Begins an episode with the farm's metrics at time 0.
    public mutating func begin(_ metrics: WindowMetrics) {
        self.metrics = metrics
        begin()
    }

    /// Begins the episode of `seed` on a farm.
    public mutating func begin(_ farm: any Farm, seed: Seed) {
        if case .weights(let weights) = rewardScheme, weights.per == .rule {
            scales.first.ruleCost = RuleCost.perStep(
                weights, on: farm, scales.first, seed: seed, mostSteps: maxEpisodeSteps)
        }
        farm.reset(seed: seed, metrics: &metrics)
        begin()
    }

    private mutating func begin() {
        account = EpisodeAccount()
        outcome = nil
        farmEnd = nil
        if estimatesNeed { for stage in needs.indices { needs[stage].begin(scales[stage]) } }
        encoder.begin(metrics, needs)
    }

    /// The workers that actions ask for, given what is asked for now: what to tell the farm, which moves it into the scenario's
    /// bounds.
    ///
    /// - Parameter actions: an element of ``actionSpace``.
    public func staffing(for actions: PerStage<Int>) -> Staffing {
        let first = actionScheme.desired(
            for: actions.first, current: metrics.stages.first.workers.desired, bounds: bounds.first,
            need: needs.first.need)
        // A closure that captured the process would copy it.
        guard !bounds.rest.isEmpty else { return Staffing(first) }
        let (scheme, bounds, current, needs) = (actionScheme, bounds, metrics.staffing, needs.map(\.need))
        return Staffing(
            first,
            (1..<bounds.count).map {
                scheme.desired(for: actions[$0], current: current[$0], bounds: bounds[$0], need: needs[$0])
            })
    }

    /// An element of ``actionSpace`` from int64 numbers, one a stage.
    func actions(in buffer: UnsafeRawBufferPointer) -> PerStage<Int> {
        var actions = PerStage(0, bounds.rest.isEmpty ? [] : Array(repeating: 0, count: bounds.rest.count))
        for stage in 0..<bounds.count {
            actions[stage] = Int(Int64(littleEndian: buffer.loadUnaligned(fromByteOffset: 8 * stage, as: Int64.self)))
        }
        return actions
    }

    /// Takes in a window that has passed.
    public mutating func step(_ metrics: WindowMetrics, end: FarmEnd?) -> Outcome {
        self.metrics = metrics
        return close(end)
    }

    /// Lets a window of a farm pass.
    ///
    /// - Parameter action: an element of ``actionSpace``, as int64 numbers.
    public mutating func step(_ farm: any Farm, action: UnsafeRawBufferPointer) -> Outcome {
        let staffing = staffing(for: actions(in: action))
        return close(farm.advance(staffing, metrics: &metrics))
    }

    private mutating func close(_ end: FarmEnd?) -> Outcome {
        var reward = 0.0
        rewardScheme.forEachTerm(metrics, end: end, scale: scales.first) { reward += $1 }
        account.add(metrics, reward: reward)
        farmEnd = end
        if estimatesNeed {
            for stage in needs.indices { needs[stage].learn(metrics, metrics.stages[stage], scales[stage]) }
        }
        encoder.append(metrics, needs)
        let isFinished = end == .finished
        let isCut = maxEpisodeSteps.map { account.steps >= $0 } ?? false
        let outcome = Outcome(reward: reward, terminated: isFinished, truncated: !isFinished && (end != nil || isCut))
        self.outcome = outcome
        return outcome
    }

    /// The current observation.
    public var observation: [Float] { encoder.frames }

    /// Writes the current observation to the beginning of `buffer`, which has room for ``observationCount`` numbers.
    public func write(into buffer: UnsafeMutableBufferPointer<Float>) {
        precondition(buffer.count >= observationCount, "the buffer is too short for the observation")
        for index in encoder.frames.indices { buffer[index] = encoder.frames[index] }
    }

    /// Writes for each action 1, or 0 where it would not be done as it asks: the bounds would change it, or the platform keeps
    /// more workers. Those of one stage come after those of the other.
    public func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>) {
        var place = 0
        for stage in bounds.indices {
            let (bounds, workers) = (bounds[stage], workerCounts(stage))
            for action in 0..<min(mask.count - place, actionScheme.count(bounds)) {
                let isOpen = actionScheme.allows(
                    action, current: workers.desired, bounds: bounds, floor: workers.floor)
                mask[place] = isOpen ? 1 : 0
                place += 1
            }
        }
    }

    /// What ``writeActionMask(to:)`` writes.
    public var actionMask: [Int8] {
        bounds.indices.flatMap { stage in
            let workers = workerCounts(stage)
            return actionScheme.mask(current: workers.desired, bounds: bounds[stage], floor: workers.floor)
        }
    }

    /// Of a stage, without a copy of all that is known of it.
    private func workerCounts(_ stage: Int) -> WorkerCounts {
        stage == 0 ? metrics.stages.first.workers : metrics.stages.rest[stage - 1].workers
    }
}
