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

    let scale: FarmScale
    /// Of the scenario.
    let warnings: [String]
    private var encoder: ObservationEncoder
    private(set) var account = EpisodeAccount()
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
        scale = FarmScale(scenario)
        warnings = scenario.warnings
        encoder = try ObservationEncoder(observation, history: history, scale: scale)
    }

    /// float32; `history` windows one after the other, oldest first.
    public var observationSpace: Space { encoder.space }

    public var actionSpace: Space { .discrete(Space.Discrete(n: Int64(actionCount))) }

    /// Actions there are.
    public var actionCount: Int { actionScheme.count(scenario.workers) }

    /// Numbers in an observation.
    public var observationCount: Int { encoder.frames.count }

    /// Begins an episode with the farm's metrics at time 0.
    public mutating func begin(_ metrics: WindowMetrics) {
        self.metrics = metrics
        begin()
    }

    /// Begins the episode of `seed` on a farm.
    public mutating func begin(_ farm: any Farm, seed: Seed) {
        farm.reset(seed: seed, metrics: &metrics)
        begin()
    }

    private mutating func begin() {
        account = EpisodeAccount()
        outcome = nil
        farmEnd = nil
        encoder.begin(metrics)
    }

    /// The workers that `action` asks for, given that `current` are asked for now: what to tell the farm, which moves it
    /// into the scenario's bounds.
    ///
    /// - Parameter action: an element of ``actionSpace``.
    public func desired(for action: Int, current: Int) -> Int {
        actionScheme.desired(for: action, current: current, bounds: scenario.workers)
    }

    /// Takes in a window that has passed.
    public mutating func step(_ metrics: WindowMetrics, end: FarmEnd?) -> Outcome {
        self.metrics = metrics
        return close(end)
    }

    /// Lets a window of a farm pass.
    ///
    /// - Parameter action: an element of ``actionSpace``.
    public mutating func step(_ farm: any Farm, action: Int) -> Outcome {
        let desired = desired(for: action, current: metrics.desired)
        return close(farm.advance(desired: desired, metrics: &metrics))
    }

    private mutating func close(_ end: FarmEnd?) -> Outcome {
        var reward = 0.0
        rewardScheme.forEachTerm(metrics, end: end, scale: scale) { reward += $1 }
        account.add(metrics, reward: reward)
        farmEnd = end
        encoder.append(metrics)
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
    /// more workers.
    public func writeActionMask(to mask: UnsafeMutableBufferPointer<Int8>) {
        for action in 0..<min(mask.count, actionCount) {
            let isOpen = actionScheme.allows(
                action, current: metrics.desired, bounds: scenario.workers, floor: metrics.platformFloor)
            mask[action] = isOpen ? 1 : 0
        }
    }
}
