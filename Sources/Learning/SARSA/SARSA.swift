public import Gymnasium
import Randomness

/// SARSA(λ) with binary features (Sutton and Barto, 2nd edition, section 12.7): an action's value is the sum of its
/// features' weights.
///
/// On truncation, what follows is valued by an action chosen in the last observation; after a termination nothing follows.
/// Sub-environments share the weights and have traces of their own.
public final class SARSA: Learner {
    public let algorithm = "sarsa"
    public let configuration: SARSAConfiguration
    public var stepCount: Int { runner.stepCount }
    public internal(set) var episodeCount = 0

    let runner: EnvironmentRunner
    let features: FittedFeatures
    let actionCount: Int
    /// Feature by feature, one an action.
    var weights: [Float]
    var generator: PCG64
    /// Seeds of the episodes to begin with before the next step; nil while episodes are under way.
    var firstSeeds: [Seed]?

    private var walks: [Walk]
    let decisions: FloatBuffer
    private let values: FloatBuffer

    /// Where a sub-environment's episode stands.
    private struct Walk {
        /// Of the observation to act on.
        var features: [Int]
        var action = 0
        var traces = TraceList()
    }

    /// - Parameter vector: not to be used by anybody else from now on.
    /// - Throws: ``LearningError`` for spaces that it cannot learn in and settings out of range.
    public init(_ vector: any ImmediateRows, _ configuration: SARSAConfiguration) throws(LearningError) {
        try configuration.validate()
        self.configuration = configuration
        runner = try EnvironmentRunner(vector)
        guard case .discrete(let count, _) = runner.actions.kind else {
            throw LearningError(
                .space,
                "sarsa needs a discrete action space, got a \(vector.actionSpace.kindName) one; train ppo")
        }
        actionCount = count
        features = try FittedFeatures(configuration.features, of: vector.observationSpace, width: runner.width)
        weights = Array(repeating: 0, count: features.count * count)
        generator = PCG64(seed: Seed(configuration.seed))
        firstSeeds = (0..<runner.count).map { Seed(configuration.seed).advanced(by: $0) }
        walks = Array(
            repeating: Walk(features: Array(repeating: 0, count: features.activeCount)), count: runner.count)
        decisions = FloatBuffer(count: runner.count)
        values = FloatBuffer(count: count)
    }

    public func train(until steps: Int, progress: (TrainingProgress) -> Bool) throws(LearningError) {
        var errors = 0.0
        var updates = 0.0
        var reported = stepCount
        while stepCount < steps {
            try beginEpisodesIfNeeded()
            for index in walks.indices { decisions[index] = Float(walks[index].action) }
            try runner.step(decisions.pointer)
            let stepSize =
                configuration.stepSize.value(progress: share, episodes: episodes) / Double(features.activeCount)
            for index in walks.indices {
                if runner.isTransition[index] {
                    errors += abs(learn(index, stepSize: stepSize))
                    updates += 1
                } else {
                    walks[index].action = choose(index)
                }
            }
            guard stepCount - reported >= 1_000 || stepCount >= steps else { continue }
            reported = stepCount
            let episodes = runner.takeEpisodes()
            episodeCount += episodes.count
            let metrics = [
                "losses/td_error": updates > 0 ? errors / updates : 0, "charts/epsilon": epsilon,
                "charts/learning_rate": stepSize,
            ]
            (errors, updates) = (0, 0)
            guard progress(TrainingProgress(step: stepCount, episodes: episodes, metrics: metrics)) else { return }
        }
    }

    private var share: Double { Double(stepCount) / Double(configuration.totalSteps) }
    private var episodes: Int { episodeCount + runner.endedCount }
    private var epsilon: Double { configuration.exploration.value(progress: share, episodes: episodes) }

    private func beginEpisodesIfNeeded() throws(LearningError) {
        guard let seeds = firstSeeds else { return }
        try runner.begin(seeds: seeds)
        firstSeeds = nil
        for index in walks.indices {
            walks[index].traces.clear()
            walks[index].action = choose(index)
        }
    }

    /// Reads the features of the observation to act on, and chooses an action.
    private func choose(_ index: Int) -> Int {
        features.write(runner.observations.pointer + index * runner.width, to: &walks[index].features)
        return explore(walks[index].features, runner.mask(at: index))
    }

    private func explore(_ features: [Int], _ mask: UnsafePointer<Int8>?) -> Int {
        if generator.nextDouble() < epsilon {
            let mask = PolicyHead.usable(mask, actionCount)
            let allowed = (0..<actionCount).filter { PolicyHead.allows(mask, $0) }
            return allowed[Int(truncatingIfNeeded: ((generator.next() >> 32) &* UInt64(allowed.count)) >> 32)]
        }
        for action in 0..<actionCount { values[action] = value(features, action) }
        return PolicyHead.best(values.pointer, actionCount, mask, prefersLast: configuration.prefersLast)
    }

    private func value(_ features: [Int], _ action: Int) -> Float {
        features.reduce(0) { $0 + weights[$1 * actionCount + action] }
    }

    /// Learns from the last step and chooses the next action.
    ///
    /// - Returns: the error of the value.
    private func learn(_ index: Int, stepSize: Double) -> Double {
        let isLast = runner.terminated[index] || runner.truncated[index]
        let action = walks[index].action
        var error = Float(runner.rewards[index]) - value(walks[index].features, action)
        for feature in walks[index].features {
            walks[index].traces.visit(
                feature * actionCount + action, replacing: configuration.trace == .replacing)
        }
        if !isLast {
            walks[index].action = choose(index)
            error += Float(configuration.discount) * value(walks[index].features, walks[index].action)
        } else if !runner.terminated[index] || configuration.ignoresTermination {
            var last = walks[index].features
            features.write(runner.successors.pointer + index * runner.width, to: &last)
            error += Float(configuration.discount) * value(last, explore(last, nil))
        }
        walks[index].traces.apply(Float(stepSize) * error, to: &weights)
        walks[index].traces.decay(
            by: Float(configuration.discount * configuration.lambda), threshold: Float(configuration.traceThreshold))
        if isLast {
            walks[index].traces.clear()
            walks[index].action = choose(index)
        }
        return Double(error)
    }
}

/// The weights that an episode's last steps touched, and how much of them.
private struct TraceList {
    private var indices: [Int] = []
    private var values: [Float] = []

    mutating func visit(_ index: Int, replacing: Bool) {
        if let place = indices.firstIndex(of: index) {
            values[place] = replacing ? 1 : values[place] + 1
        } else {
            indices.append(index)
            values.append(1)
        }
    }

    func apply(_ step: Float, to weights: inout [Float]) {
        for (index, value) in zip(indices, values) { weights[index] += step * value }
    }

    /// Fades all of them, and forgets those that are below the threshold.
    mutating func decay(by factor: Float, threshold: Float) {
        var kept = 0
        for place in indices.indices {
            let value = values[place] * factor
            guard value >= threshold else { continue }
            indices[kept] = indices[place]
            values[kept] = value
            kept += 1
        }
        indices.removeLast(indices.count - kept)
        values.removeLast(values.count - kept)
    }

    mutating func clear() {
        indices.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
    }
}
