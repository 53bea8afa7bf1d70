public import Gymnasium
public import Randomness

/// SARSA(λ) with binary features (Sutton and Barto, 2nd edition, section 12.7): an action's value is the sum of its
/// features' weights.
///
/// On truncation, what follows is valued by an action chosen in the last observation; after a termination nothing follows.
/// Sub-environments share the weights and have traces of their own.
///
///     let learner = try SARSA(mountainCars, SARSAConfiguration())
///     try learner.train(until: 400_000) { progress in true }
public final class SARSA: Learner {
    public let configuration: SARSAConfiguration
    public let runner: EnvironmentRunner
    public var generator: PCG64

    let features: FittedFeatures
    let actionCount: Int
    /// Feature by feature, one an action.
    private(set) var weights: [Float]
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

    public init(_ vector: any ImmediateRows, _ configuration: SARSAConfiguration) throws(LearningError) {
        self.configuration = configuration
        runner = try EnvironmentRunner(vector, for: configuration)
        actionCount = PolicyHead(runner.actions).outputs
        features = try FittedFeatures(configuration.features, of: vector.observationSpace, width: runner.width)
        weights = Array(repeating: 0, count: features.count * actionCount)
        generator = PCG64(seed: Seed(configuration.seed))
        walks = Array(
            repeating: Walk(features: Array(repeating: 0, count: features.activeCount)), count: runner.count)
        decisions = FloatBuffer(count: runner.count)
        values = FloatBuffer(count: actionCount)
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
                configuration.stepSize.value(progress: share, episodes: runner.episodeCount)
                / Double(features.activeCount)
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
            let metrics = [
                "losses/td_error": updates > 0 ? errors / updates : 0, "charts/epsilon": epsilon,
                "charts/learning_rate": stepSize,
            ]
            (errors, updates) = (0, 0)
            guard progress(TrainingProgress(runner, metrics: metrics)) else { return }
        }
    }

    private var epsilon: Double {
        configuration.exploration.value(progress: share, episodes: runner.episodeCount)
    }

    private func beginEpisodesIfNeeded() throws(LearningError) {
        guard try runner.beginIfNeeded() else { return }
        for index in walks.indices {
            walks[index].traces.clear()
            walks[index].action = choose(index)
        }
    }

    /// Reads the features of the observation to act on, and chooses an action.
    private func choose(_ index: Int) -> Int {
        features.write(runner.observations[index], to: &walks[index].features)
        return explore(walks[index].features, runner.mask(at: index))
    }

    private func explore(_ features: [Int], _ mask: UnsafePointer<Int8>?) -> Int {
        if generator.nextDouble() < epsilon { return PolicyHead.any(actionCount, mask, using: &generator) }
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
            features.write(runner.successors[index], to: &last)
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

/// The weights are what a checkpoint keeps.
extension SARSA {
    public func tensors() -> [String: SafeTensors.Tensor] {
        ["weights": SafeTensors.Tensor(weights, shape: [features.count, actionCount])]
    }

    public func restore(from checkpoint: Checkpoint) throws(LearningError) {
        weights = try checkpoint.floats("weights", count: weights.count)
    }
}
