import CKernels
public import Gymnasium
public import Randomness

/// Deep Q-learning (Mnih et al., 2015) with double estimators (van Hasselt, Guez and Silver, 2016), uniform replay and
/// Huber's loss.
///
/// What follows a transition has a value unless the episode was terminated; truncation is no end. Where a mask forbids an
/// action, it is neither taken nor thought of as following.
///
///     let learner = try DoubleDQN(vector, DoubleDQNConfiguration.preset("cartpole"))
///     try learner.train(until: 100_000) { progress in true }
public final class DoubleDQN: Learner {
    public let configuration: DoubleDQNConfiguration
    public let runner: EnvironmentRunner
    public var generator: PCG64

    let network: DenseNetwork
    let parameters: FloatBuffer
    /// The target network's.
    let targets: FloatBuffer
    let optimiser: Adam
    let replay: ReplayStorage
    let actionCount: Int
    /// By the bounds of the observation space; nil: observations stay as they are.
    let scaling: RunningNormaliser?
    private let durations: ExplorationDurations?
    /// Of each sub-environment: the random action that goes on, and for how many more steps.
    private var going: [(action: Int, steps: Int)]

    private let acting: NetworkWorkspace
    private let learning: NetworkWorkspace
    private let following: NetworkWorkspace
    private let batch: Rows<Float>
    let successors: Rows<Float>
    private let before: Rows<Float>
    private let decisions: FloatBuffer
    var drawn: [Int]
    var targetValues: [Float]

    public init(_ vector: any ImmediateRows, _ configuration: DoubleDQNConfiguration) throws(LearningError) {
        self.configuration = configuration
        runner = try EnvironmentRunner(vector, for: configuration)
        actionCount = PolicyHead(runner.actions).outputs
        network = DenseNetwork(
            inputs: runner.width, hidden: configuration.hidden, outputs: actionCount,
            activation: configuration.activation)
        parameters = FloatBuffer(count: network.parameterCount)
        targets = FloatBuffer(count: network.parameterCount)
        optimiser = Adam(parameters, epsilon: 1e-8)
        replay = ReplayStorage(
            capacity: configuration.replayCapacity, width: runner.width, maskCount: runner.maskCount)
        scaling =
            configuration.scalesObservations
            ? RunningNormaliser(scaling: vector.observationSpace, width: runner.width) : nil
        durations = configuration.explorationExponent.map { ExplorationDurations(exponent: $0) }
        generator = PCG64(seed: Seed(configuration.seed))
        going = Array(repeating: (0, 0), count: runner.count)
        let rows = configuration.minibatchSize
        acting = NetworkWorkspace(network, rows: runner.count)
        learning = NetworkWorkspace(network, rows: rows)
        following = NetworkWorkspace(network, rows: rows)
        batch = Rows(count: rows, width: runner.width)
        successors = Rows(count: rows, width: runner.width)
        before = Rows(count: runner.count, width: runner.width)
        decisions = FloatBuffer(count: runner.count)
        drawn = Array(repeating: 0, count: rows)
        targetValues = Array(repeating: 0, count: rows)
        network.initialiseUniformly(parameters.pointer, using: &generator)
        targets.pointer.update(from: parameters.pointer, count: parameters.count)
    }

    public func train(until steps: Int, progress: (TrainingProgress) -> Bool) throws(LearningError) {
        var losses = LossSum()
        var reported = stepCount
        while stepCount < steps {
            let first = stepCount
            try act()
            // How often a multiple of the period was passed; counted from step 0, so that a resumed run keeps time.
            func passed(_ period: Int) -> Int { stepCount / period - first / period }
            if passed(configuration.targetPeriod) > 0 {
                ck_blend(targets.count, targets.pointer, parameters.pointer, Float(configuration.targetFraction))
            }
            if stepCount > configuration.learningStarts, replay.count > 0 {
                for _ in 0..<passed(configuration.trainingPeriod) * configuration.gradientSteps { learn(&losses) }
            }
            guard stepCount - reported >= max(configuration.trainingPeriod, 256) || stepCount >= steps else { continue }
            reported = stepCount
            var metrics = losses.metrics
            metrics["charts/learning_rate"] = configuration.learningRate.value(progress: share)
            metrics["charts/epsilon"] = epsilon
            losses = LossSum()
            guard progress(TrainingProgress(runner, metrics: metrics)) else { return }
        }
    }

    private var epsilon: Double {
        configuration.exploration.value(progress: share, episodes: runner.episodeCount)
    }

    // MARK: Acting

    /// One step of all sub-environments, kept in the replay storage.
    func act() throws(LearningError) {
        if try runner.beginIfNeeded() {
            for index in going.indices { going[index].steps = 0 }
        }
        for index in 0..<runner.count { before.copy(runner.observations[index], to: index) }
        scaling?.normalise(before.first, count: runner.count)
        let values = network.forward(parameters.pointer, input: before.first, rows: runner.count, in: acting)
        let epsilon = epsilon
        for index in 0..<runner.count {
            let mask = runner.mask(at: index)
            decisions[index] = Float(
                explored(index, mask, epsilon: epsilon)
                    ?? PolicyHead.best(values[index], actionCount, mask))
        }
        try runner.step(decisions.pointer)
        scaling?.normalise(runner.successors.first, count: runner.count)
        for index in 0..<runner.count where runner.isTransition[index] {
            var reward = runner.rewards[index]
            if let bound = configuration.rewardBound { reward = min(max(reward, -bound), bound) }
            // After an episode's end the mask is the new episode's, or that of no action at all.
            let isLast = runner.terminated[index] || runner.truncated[index]
            if isLast { going[index].steps = 0 }
            replay.append(
                observation: before[index], action: Int(decisions[index]), reward: Float(reward),
                successor: runner.successors[index], isTerminated: runner.terminated[index],
                mask: isLast ? nil : runner.mask(at: index))
        }
    }

    /// A random action, new with the probability `epsilon` or the one that goes on; nil: the best is to be taken.
    private func explored(_ index: Int, _ mask: UnsafePointer<Int8>?, epsilon: Double) -> Int? {
        if going[index].steps > 0, PolicyHead.allows(PolicyHead.usable(mask, actionCount), going[index].action) {
            going[index].steps -= 1
            return going[index].action
        }
        guard generator.nextDouble() < epsilon else { return nil }
        let action = PolicyHead.any(actionCount, mask, using: &generator)
        if let durations { going[index] = (action, durations.draw(using: &generator) - 1) }
        return action
    }

    // MARK: Learning

    /// One gradient step on a minibatch drawn with replacement.
    func learn(_ losses: inout LossSum) {
        let size = configuration.minibatchSize
        for row in 0..<size {
            drawn[row] = replay.draw(using: &generator)
            let transition = replay[drawn[row]]
            batch.copy(transition.observation, to: row)
            successors.copy(transition.successor, to: row)
        }
        computeTargets(size)
        let values = network.forward(parameters.pointer, input: batch.first, rows: size, in: learning)
        let slopes = learning.outputGradients
        let bound = configuration.errorBound.map { Float($0) } ?? .infinity
        for row in 0..<size {
            let action = replay[drawn[row]].action
            let value = values[row][action]
            let error = value - targetValues[row]
            let bounded = min(max(error, -bound), bound)
            slopes[row].update(repeating: 0, count: actionCount)
            slopes[row][action] = bounded / Float(size)
            losses.add(loss: bounded * (error - 0.5 * bounded), value: value)
        }
        network.backward(
            parameters.pointer, input: batch.first, rows: size, in: learning, gradients: optimiser.gradients.pointer)
        optimiser.step(
            learningRate: configuration.learningRate.value(progress: share), maxNorm: configuration.maxGradientNorm)
    }

    /// reward + γ · the target network's value of the action that the learning network thinks best.
    func computeTargets(_ size: Int) {
        let valued = network.forward(targets.pointer, input: successors.first, rows: size, in: following)
        let chosen =
            configuration.isDouble
            ? network.forward(parameters.pointer, input: successors.first, rows: size, in: learning) : valued
        for row in 0..<size {
            let transition = replay[drawn[row]]
            targetValues[row] = transition.reward
            guard !transition.isTerminated else { continue }
            let best = PolicyHead.best(chosen[row], actionCount, transition.mask)
            targetValues[row] += Float(configuration.discount) * valued[row][best]
        }
    }
}

/// Means since the last report, under CleanRL's names.
struct LossSum {
    var count = 0.0
    var loss = 0.0
    var value = 0.0

    mutating func add(loss: Float, value: Float) {
        count += 1
        self.loss += Double(loss)
        self.value += Double(value)
    }

    var metrics: [String: Double] {
        count > 0 ? ["losses/td_loss": loss / count, "losses/q_values": value / count] : [:]
    }
}
