public import Gymnasium
public import Randomness

/// Proximal policy optimisation (Schulman et al., 2017), with the 13 core details of Huang et al., "The 37 implementation
/// details of PPO" (2022), whose numbers stand beside them.
///
/// A policy network and a value network of its own (13). Of an episode cut short by truncation, the rest is estimated by the
/// value of its last observation; after a termination there is none.
///
/// With ``PPOConfiguration/recurrentUnits`` each network has a memory (``RecurrentNetwork``), which goes on from round to round
/// and is empty at an episode's beginning. A minibatch is then of whole sequences: what some sub-environments did in the
/// round, from what was remembered at its beginning.
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
    let policy: RecurrentNetwork
    let critic: RecurrentNetwork
    /// The policy's, then the critic's, then the logarithms of deviations.
    let parameters: FloatBuffer
    let optimiser: Adam
    let storage: RolloutStorage
    let policyWork: RecurrentWorkspace
    let criticWork: RecurrentWorkspace
    let batch: Rows<Float>
    let batchStart: SequenceStart
    let logs: FloatBuffer
    /// The round's transitions in the order of an epoch; with memories the slots of whole sequences, minibatch by minibatch.
    var slots: [Int] = []
    /// What is remembered now, and whether the next observations are their episodes' first.
    let now: SequenceStart
    /// Last observations of truncated episodes, whose values are still to be found, what the critic remembers of what came
    /// before them, and their slots.
    var cutObservations: [Float] = []
    var cutStates: [Float] = []
    var cutSlots: [Int] = []

    public init(_ vector: any ImmediateRows, _ configuration: PPOConfiguration) throws(LearningError) {
        self.configuration = configuration
        runner = try EnvironmentRunner(vector, for: configuration)
        head = PolicyHead(runner.actions)
        policy = configuration.network(inputs: runner.width, outputs: head.outputs)
        critic = configuration.network(inputs: runner.width, outputs: 1)
        parameters = FloatBuffer(count: policy.parameterCount + critic.parameterCount + head.deviationCount)
        optimiser = Adam(parameters, epsilon: 1e-5)  // (3)
        observationNormaliser = RunningNormaliser(width: runner.width)
        generator = PCG64(seed: Seed(configuration.seed))
        storage = RolloutStorage(
            steps: configuration.stepsPerRound, count: runner.count, width: runner.width,
            decisionWidth: head.decisionWidth, maskCount: runner.maskCount, stateWidth: policy.stateWidth)
        let sequences = configuration.sequencesOfMinibatch(of: runner.count)
        let transitions = sequences.map { $0 * configuration.stepsPerRound } ?? configuration.minibatchSize
        let rows = max(transitions, runner.count)
        policyWork = RecurrentWorkspace(policy, rows: rows)
        criticWork = RecurrentWorkspace(critic, rows: rows)
        batch = Rows(count: rows, width: runner.width)
        batchStart = SequenceStart(sequences: sequences ?? 0, rows: rows, stateWidth: policy.stateWidth)
        now = SequenceStart(sequences: runner.count, rows: runner.count, stateWidth: policy.stateWidth)
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
    var hasMemory: Bool { policy.memory != nil }

    // MARK: Acting

    /// A fixed number of steps of all sub-environments; episodes go on from round to round (1).
    func collect() throws(LearningError) {
        try beginEpisodesIfNeeded()
        cutObservations.removeAll(keepingCapacity: true)
        cutStates.removeAll(keepingCapacity: true)
        cutSlots.removeAll(keepingCapacity: true)
        for index in 0..<storage.count { storage.start.copy(index, of: now, to: index) }
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
        if hasMemory { now.begins.first.update(repeating: true, count: storage.count) }
    }

    private func decide(firstSlot: Int) {
        let outputs = policy.forward(
            parameters.pointer, input: storage.observations[firstSlot],
            Sequences(steps: 1, count: storage.count, states: now.policy.first, begins: now.begins.first),
            in: policyWork)
        if hasMemory { remember(firstSlot: firstSlot) }
        for index in 0..<storage.count {
            let slot = firstSlot + index
            let mask = runner.mask(at: index)
            if let mask { storage.masks.copy(mask, to: slot) }
            storage.logProbabilities[slot] = head.sample(
                outputs[index], deviations: deviations, mask: mask, logs: logs.pointer,
                decision: storage.decisions[slot], sampling: sampling, using: &generator)
        }
    }

    /// Takes both memories past the observations that the policy has just seen, and finds their values on the way.
    private func remember(firstSlot: Int) {
        let values = critic.forward(
            criticParameters, input: storage.observations[firstSlot],
            Sequences(steps: 1, count: storage.count, states: now.critic.first, begins: now.begins.first),
            in: criticWork)
        for index in 0..<storage.count {
            storage.values[firstSlot + index] = values[index][0]
            storage.start.begins.copy(now.begins[index], to: firstSlot + index)
            if let states = policyWork.memory?.states { now.policy.copy(states[index], to: index) }
            if let states = criticWork.memory?.states { now.critic.copy(states[index], to: index) }
        }
    }

    private func keep(_ index: Int, slot: Int) {
        let terminated = runner.terminated[index]
        let truncated = runner.truncated[index]
        storage.rewards[slot] = Float(scaledReward(index))
        storage.isLast[slot] = terminated || truncated
        storage.isTransition[slot] = runner.isTransition[index]
        storage.valuesAtEnd[slot] = 0
        // The step that only resets shows the old episode's end: what comes after it begins anew as well.
        if hasMemory { now.begins[index][0] = terminated || truncated || !runner.isTransition[index] }
        if truncated, !terminated {
            let successor = UnsafeBufferPointer(start: runner.successors[index], count: storage.width)
            cutObservations.append(contentsOf: successor)
            cutStates.append(contentsOf: UnsafeBufferPointer(start: now.critic[index], count: critic.stateWidth))
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
