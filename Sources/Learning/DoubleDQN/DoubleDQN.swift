import CKernels
public import Gymnasium
import Randomness

/// Deep Q-learning (Mnih et al., 2015) with double estimators (van Hasselt, Guez and Silver, 2016), uniform replay and
/// Huber's loss.
///
/// What follows a transition has a value unless the episode was terminated; truncation is no end. Where a mask forbids an
/// action, it is neither taken nor thought of as following.
public final class DoubleDQN: Learner {
    public let algorithm = "double-dqn"
    public let configuration: DoubleDQNConfiguration
    public var stepCount: Int { runner.stepCount }
    public internal(set) var episodeCount = 0

    let runner: EnvironmentRunner
    let network: DenseNetwork
    let parameters: FloatBuffer
    /// The target network's.
    let targets: FloatBuffer
    let optimiser: Adam
    let replay: ReplayStorage
    let actionCount: Int
    var generator: PCG64
    /// Seeds of the episodes to begin with before the next step; nil while episodes are under way.
    var firstSeeds: [Seed]?

    /// By the bounds of the observation space; nil: observations stay as they are.
    let scaling: RunningNormaliser?
    private let durations: ExplorationDurations?
    /// Of each sub-environment: the random action that goes on, and for how many more steps.
    private var going: [(action: Int, steps: Int)]

    private let acting: NetworkWorkspace
    private let learning: NetworkWorkspace
    private let following: NetworkWorkspace
    private let batch: FloatBuffer
    let successors: FloatBuffer
    private let before: FloatBuffer
    private let decisions: FloatBuffer
    var drawn: [Int]
    var targetValues: [Float]

    /// - Parameter vector: not to be used by anybody else from now on.
    /// - Throws: ``LearningError`` for spaces that it cannot learn in and settings out of range.
    public init(_ vector: any ImmediateRows, _ configuration: DoubleDQNConfiguration) throws(LearningError) {
        try configuration.validate()
        self.configuration = configuration
        runner = try EnvironmentRunner(vector)
        guard case .discrete(let count, _) = runner.actions.kind else {
            throw LearningError(
                .space,
                "double-dqn needs a discrete action space, got a \(vector.actionSpace.kindName) one; train ppo")
        }
        actionCount = count
        network = DenseNetwork(
            inputs: runner.width, hidden: configuration.hidden, outputs: count, activation: configuration.activation)
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
        firstSeeds = (0..<runner.count).map { Seed(configuration.seed).advanced(by: $0) }
        going = Array(repeating: (0, 0), count: runner.count)
        let rows = configuration.minibatchSize
        acting = NetworkWorkspace(network, rows: runner.count)
        learning = NetworkWorkspace(network, rows: rows)
        following = NetworkWorkspace(network, rows: rows)
        batch = FloatBuffer(count: rows * runner.width)
        successors = FloatBuffer(count: rows * runner.width)
        before = FloatBuffer(count: runner.count * runner.width)
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
            let episodes = runner.takeEpisodes()
            episodeCount += episodes.count
            var metrics = losses.metrics
            metrics["charts/learning_rate"] = configuration.learningRate.value(progress: share)
            metrics["charts/epsilon"] = epsilon
            losses = LossSum()
            guard progress(TrainingProgress(step: stepCount, episodes: episodes, metrics: metrics)) else { return }
        }
    }

    private var share: Double { Double(stepCount) / Double(configuration.totalSteps) }
    private var epsilon: Double {
        configuration.exploration.value(progress: share, episodes: episodeCount + runner.endedCount)
    }

    // MARK: Acting

    /// One step of all sub-environments, kept in the replay storage.
    func act() throws(LearningError) {
        if let seeds = firstSeeds {
            try runner.begin(seeds: seeds)
            firstSeeds = nil
            for index in going.indices { going[index].steps = 0 }
        }
        let width = runner.width
        before.pointer.update(from: runner.observations.pointer, count: before.count)
        scaling?.normalise(before.pointer, count: runner.count)
        let values = network.forward(
            parameters.pointer, input: before.pointer, inputStride: width, rows: runner.count, in: acting)
        let epsilon = epsilon
        for index in 0..<runner.count {
            let mask = runner.mask(at: index)
            decisions[index] = Float(
                explored(index, mask, epsilon: epsilon)
                    ?? PolicyHead.best(values + index * network.outputStride, actionCount, mask))
        }
        try runner.step(decisions.pointer)
        scaling?.normalise(runner.successors.pointer, count: runner.count)
        for index in 0..<runner.count where runner.isTransition[index] {
            var reward = runner.rewards[index]
            if let bound = configuration.rewardBound { reward = min(max(reward, -bound), bound) }
            // After an episode's end the mask is the new episode's, or that of no action at all.
            let isLast = runner.terminated[index] || runner.truncated[index]
            if isLast { going[index].steps = 0 }
            replay.append(
                observation: before.pointer + index * width, action: Int(decisions[index]), reward: Float(reward),
                successor: runner.successors.pointer + index * width, isTerminated: runner.terminated[index],
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
        let action = randomAction(mask)
        if let durations { going[index] = (action, durations.draw(using: &generator) - 1) }
        return action
    }

    private func randomAction(_ mask: UnsafePointer<Int8>?) -> Int {
        let mask = PolicyHead.usable(mask, actionCount)
        let allowed = (0..<actionCount).reduce(0) { $0 + (PolicyHead.allows(mask, $1) ? 1 : 0) }
        var rest = Int(truncatingIfNeeded: ((generator.next() >> 32) &* UInt64(allowed)) >> 32)
        for action in 0..<actionCount where PolicyHead.allows(mask, action) {
            if rest == 0 { return action }
            rest -= 1
        }
        return 0
    }

    // MARK: Learning

    /// One gradient step on a minibatch drawn with replacement.
    func learn(_ losses: inout LossSum) {
        let width = runner.width
        let size = configuration.minibatchSize
        for row in 0..<size {
            drawn[row] = replay.draw(using: &generator)
            let transition = replay[drawn[row]]
            (batch.pointer + row * width).update(from: transition.observation, count: width)
            (successors.pointer + row * width).update(from: transition.successor, count: width)
        }
        computeTargets(size)
        let values = network.forward(
            parameters.pointer, input: batch.pointer, inputStride: width, rows: size, in: learning)
        let slopes = learning.outputGradients
        let bound = configuration.errorBound.map { Float($0) } ?? .infinity
        for row in 0..<size {
            let action = replay[drawn[row]].action
            let error = values[row * network.outputStride + action] - targetValues[row]
            for other in 0..<actionCount { slopes[row * network.outputStride + other] = 0 }
            let bounded = min(max(error, -bound), bound)
            slopes[row * network.outputStride + action] = bounded / Float(size)
            losses.add(loss: bounded * (error - 0.5 * bounded), value: values[row * network.outputStride + action])
        }
        network.backward(
            parameters.pointer, input: batch.pointer, inputStride: width, rows: size, in: learning,
            gradients: optimiser.gradients.pointer)
        optimiser.step(
            learningRate: configuration.learningRate.value(progress: share), maxNorm: configuration.maxGradientNorm)
    }

    /// reward + γ · the target network's value of the action that the learning network thinks best.
    func computeTargets(_ size: Int) {
        let width = runner.width
        let stride = network.outputStride
        let valued = network.forward(
            targets.pointer, input: successors.pointer, inputStride: width, rows: size, in: following)
        let chosen =
            configuration.isDouble
            ? network.forward(
                parameters.pointer, input: successors.pointer, inputStride: width, rows: size, in: learning) : valued
        for row in 0..<size {
            let transition = replay[drawn[row]]
            targetValues[row] = transition.reward
            guard !transition.isTerminated else { continue }
            let best = replay.withMask(of: drawn[row]) { PolicyHead.best(chosen + row * stride, actionCount, $0) }
            targetValues[row] += Float(configuration.discount) * valued[row * stride + best]
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
