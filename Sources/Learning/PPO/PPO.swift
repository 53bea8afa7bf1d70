public import Gymnasium
public import Randomness

/// Proximal policy optimisation (Schulman et al., 2017), with the 13 core details of Huang et al., "The 37 implementation
/// details of PPO" (2022), whose numbers stand beside them.
///
/// A policy network and a value network of its own (13). Of an episode cut short by truncation, the rest is estimated by the
/// value of its last observation; after a termination there is none.
///
///     let learner = try PPO(vector, PPOConfiguration.preset("zoo-cartpole"))
///     try learner.train(until: 100_000) { progress in true }
public final class PPO: Learner {
    public let configuration: PPOConfiguration
    public let runner: EnvironmentRunner
    public var generator: PCG64

    private let sampling = Sampling()
    var observationNormaliser: RunningNormaliser
    var rewardNormaliser = RunningNormaliser(width: 1)
    private var discountedReturns: [Double]

    let head: PolicyHead
    let policy: DenseNetwork
    let critic: DenseNetwork
    /// The policy's, then the critic's, then the logarithms of deviations.
    let parameters: FloatBuffer
    let optimiser: Adam
    let storage: RolloutStorage
    let policyWork: NetworkWorkspace
    let criticWork: NetworkWorkspace
    let batch: Rows<Float>
    let logs: FloatBuffer
    var slots: [Int] = []
    /// Last observations of truncated episodes, whose values are still to be found, and their slots.
    var cutObservations: [Float] = []
    var cutSlots: [Int] = []

    public init(_ vector: any ImmediateRows, _ configuration: PPOConfiguration) throws(LearningError) {
        self.configuration = configuration
        runner = try EnvironmentRunner(vector, for: configuration)
        head = PolicyHead(runner.actions)
        policy = DenseNetwork(
            inputs: runner.width, hidden: configuration.hidden, outputs: head.outputs,
            activation: configuration.activation)
        critic = DenseNetwork(
            inputs: runner.width, hidden: configuration.hidden, outputs: 1, activation: configuration.activation)
        parameters = FloatBuffer(count: policy.parameterCount + critic.parameterCount + head.deviationCount)
        optimiser = Adam(parameters, epsilon: 1e-5)  // (3)
        observationNormaliser = RunningNormaliser(width: runner.width)
        generator = PCG64(seed: Seed(configuration.seed))
        storage = RolloutStorage(
            steps: configuration.stepsPerRound, count: runner.count, width: runner.width,
            decisionWidth: head.decisionWidth, maskCount: runner.maskCount)
        let rows = max(configuration.minibatchSize, runner.count)
        policyWork = NetworkWorkspace(policy, rows: rows)
        criticWork = NetworkWorkspace(critic, rows: rows)
        batch = Rows(count: rows, width: runner.width)
        logs = FloatBuffer(count: head.outputs)
        discountedReturns = Array(repeating: 0, count: runner.count)

        // Orthogonal weights, √2 in hidden layers, 0.01 for the policy's outputs, 1 for the value's; biases 0 (2).
        let gain = 2.0.squareRoot()
        policy.initialiseOrthogonally(parameters.pointer, gain: gain, outputGain: 0.01, using: &generator)
        critic.initialiseOrthogonally(
            parameters.pointer + policy.parameterCount, gain: gain, outputGain: 1, using: &generator)
        for index in 0..<head.deviationCount { deviations[index] = Float(configuration.initialLogDeviation) }
    }

    public func train(until steps: Int, progress: (TrainingProgress) -> Bool) throws(LearningError) {
        while stepCount < steps {
            let share = share
            try collect()
            estimateAdvantages()
            let metrics = update(progress: share)
            guard progress(TrainingProgress(runner, metrics: metrics)) else { return }
        }
    }

    var criticParameters: UnsafeMutablePointer<Float> { parameters.pointer + policy.parameterCount }
    var deviations: UnsafeMutablePointer<Float> { criticParameters + critic.parameterCount }

    // MARK: Acting

    /// A fixed number of steps of all sub-environments; episodes go on from round to round (1).
    func collect() throws(LearningError) {
        try beginEpisodesIfNeeded()
        cutObservations.removeAll(keepingCapacity: true)
        cutSlots.removeAll(keepingCapacity: true)
        for step in 0..<storage.steps {
            let first = step * storage.count
            let observations = storage.observations[first]
            observations.update(from: runner.observations.first, count: storage.count * storage.width)
            if configuration.normalisesObservations {
                observationNormaliser.update(observations, count: storage.count)
                observationNormaliser.normalise(observations, count: storage.count)
            }
            decide(firstSlot: first)
            try runner.step(storage.decisions[first])
            for index in 0..<storage.count { keep(index, slot: first + index) }
        }
    }

    private func beginEpisodesIfNeeded() throws(LearningError) {
        guard try runner.beginIfNeeded() else { return }
        for index in discountedReturns.indices { discountedReturns[index] = 0 }
    }

    private func decide(firstSlot: Int) {
        let outputs = policy.forward(
            parameters.pointer, input: storage.observations[firstSlot], rows: storage.count, in: policyWork)
        for index in 0..<storage.count {
            let slot = firstSlot + index
            let mask = runner.mask(at: index)
            if let mask { storage.masks.copy(mask, to: slot) }
            storage.logProbabilities[slot] = head.sample(
                outputs[index], deviations: deviations, mask: mask, logs: logs.pointer,
                decision: storage.decisions[slot], sampling: sampling, using: &generator)
        }
    }

    private func keep(_ index: Int, slot: Int) {
        let terminated = runner.terminated[index]
        let truncated = runner.truncated[index]
        storage.rewards[slot] = Float(scaledReward(index))
        storage.isLast[slot] = terminated || truncated
        storage.isTransition[slot] = runner.isTransition[index]
        storage.valuesAtEnd[slot] = 0
        if truncated, !terminated {
            let successor = UnsafeBufferPointer(start: runner.successors[index], count: storage.width)
            cutObservations.append(contentsOf: successor)
            cutSlots.append(slot)
        }
    }

    private func scaledReward(_ index: Int) -> Double {
        let reward = runner.rewards[index]
        guard configuration.normalisesRewards, runner.isTransition[index] else { return reward }
        var sum = Float(discountedReturns[index] * configuration.discount + reward)
        rewardNormaliser.update(&sum, count: 1)
        discountedReturns[index] = runner.terminated[index] || runner.truncated[index] ? 0 : Double(sum)
        return rewardNormaliser.scale(reward)
    }
}
