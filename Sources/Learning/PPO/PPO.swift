import Foundation
public import Gymnasium
import Randomness

/// Proximal policy optimisation (Schulman et al., 2017), with the 13 core details of Huang et al., "The 37 implementation
/// details of PPO" (2022), whose numbers stand beside them.
///
/// A policy network and a value network of its own (13). Of an episode cut short by truncation, the rest is estimated by the
/// value of its last observation; after a termination there is none.
public final class PPO: Learner {
    public let algorithm = "ppo"
    public let configuration: PPOConfiguration
    public var stepCount: Int { runner.stepCount }
    public internal(set) var episodeCount = 0

    let runner: EnvironmentRunner
    let head: PolicyHead
    let policy: DenseNetwork
    let critic: DenseNetwork
    /// The policy's, then the critic's, then the logarithms of deviations.
    let parameters: FloatBuffer
    let optimiser: Adam
    var observationNormaliser: RunningNormaliser
    var rewardNormaliser = RunningNormaliser(width: 1)
    var generator: PCG64
    /// Seeds of the episodes to begin with before the next step; nil while episodes are under way.
    var firstSeeds: [Seed]?

    private let sampling = Sampling()
    let storage: RolloutStorage
    private let policyWork: NetworkWorkspace
    private let criticWork: NetworkWorkspace
    private let batch: FloatBuffer
    private let logs: FloatBuffer
    private let valuesAfter: FloatBuffer
    private var discountedReturns: [Double]
    var slots: [Int] = []
    /// Last observations of truncated episodes, whose values are still to be found, and their slots.
    private var cutObservations: [Float] = []
    private var cutSlots: [Int] = []

    /// - Parameter vector: not to be used by anybody else from now on.
    /// - Throws: ``LearningError`` for spaces that it cannot learn in and settings out of range.
    public init(_ vector: any ImmediateRows, _ configuration: PPOConfiguration) throws(LearningError) {
        try configuration.validate()
        self.configuration = configuration
        runner = try EnvironmentRunner(vector)
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
        firstSeeds = (0..<runner.count).map { Seed(configuration.seed).advanced(by: $0) }
        storage = RolloutStorage(
            steps: configuration.stepsPerRound, count: runner.count, width: runner.width,
            decisionWidth: head.decisionWidth, maskCount: runner.maskCount)
        let rows = max(configuration.minibatchSize, runner.count)
        policyWork = NetworkWorkspace(policy, rows: rows)
        criticWork = NetworkWorkspace(critic, rows: rows)
        batch = FloatBuffer(count: rows * runner.width)
        logs = FloatBuffer(count: head.outputs)
        valuesAfter = FloatBuffer(count: runner.count)
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
            let share = Double(stepCount) / Double(configuration.totalSteps)
            try collect()
            estimateAdvantages()
            let metrics = update(progress: share)
            let episodes = runner.takeEpisodes()
            episodeCount += episodes.count
            guard progress(TrainingProgress(step: stepCount, episodes: episodes, metrics: metrics)) else { return }
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
            let rows = storage.observations.pointer + first * storage.width
            rows.update(from: runner.observations.pointer, count: storage.count * storage.width)
            if configuration.normalisesObservations {
                observationNormaliser.update(rows, count: storage.count)
                observationNormaliser.normalise(rows, count: storage.count)
            }
            decide(rows, firstSlot: first)
            try runner.step(storage.decisions.pointer + first * head.decisionWidth)
            for index in 0..<storage.count { keep(index, slot: first + index) }
        }
    }

    private func beginEpisodesIfNeeded() throws(LearningError) {
        guard let seeds = firstSeeds else { return }
        try runner.begin(seeds: seeds)
        firstSeeds = nil
        for index in discountedReturns.indices { discountedReturns[index] = 0 }
    }

    private func decide(_ rows: UnsafePointer<Float>, firstSlot: Int) {
        let outputs = policy.forward(
            parameters.pointer, input: rows, inputStride: storage.width, rows: storage.count, in: policyWork)
        for index in 0..<storage.count {
            let slot = firstSlot + index
            let mask = runner.mask(at: index)
            if let mask {
                for action in 0..<runner.maskCount { storage.masks[slot * runner.maskCount + action] = mask[action] }
            }
            storage.logProbabilities[slot] = head.sample(
                outputs + index * policy.outputStride, deviations: deviations, mask: mask, logs: logs.pointer,
                decision: storage.decisions.pointer + slot * head.decisionWidth, sampling: sampling, using: &generator)
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
            let row = runner.successors.pointer + index * storage.width
            cutObservations.append(contentsOf: UnsafeBufferPointer(start: row, count: storage.width))
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

    // MARK: Advantages

    func estimateAdvantages() {
        writeValues(of: storage.observations.pointer, count: storage.slotCount, to: storage.values.pointer)
        let width = storage.width
        let after = FloatBuffer(count: storage.count * width)
        after.pointer.update(from: runner.observations.pointer, count: storage.count * width)
        if configuration.normalisesObservations { observationNormaliser.normalise(after.pointer, count: storage.count) }
        writeValues(of: after.pointer, count: storage.count, to: valuesAfter.pointer)
        if !cutSlots.isEmpty {
            var values = [Float](repeating: 0, count: cutSlots.count)
            cutObservations.withUnsafeMutableBufferPointer { rows in
                guard let base = rows.baseAddress else { return }
                if configuration.normalisesObservations { observationNormaliser.normalise(base, count: cutSlots.count) }
                values.withUnsafeMutableBufferPointer { values in
                    guard let result = values.baseAddress else { return }
                    writeValues(of: base, count: cutSlots.count, to: result)
                }
            }
            for (slot, value) in zip(cutSlots, values) { storage.valuesAtEnd[slot] = value }
        }
        storage.estimateAdvantages(
            discount: Float(configuration.discount), lambda: Float(configuration.gaeLambda),
            valuesAfter: valuesAfter.pointer)
    }

    private func writeValues(of rows: UnsafePointer<Float>, count: Int, to result: UnsafeMutablePointer<Float>) {
        for first in stride(from: 0, to: count, by: criticWork.rows) {
            let size = min(criticWork.rows, count - first)
            let outputs = critic.forward(
                criticParameters, input: rows + first * storage.width, inputStride: storage.width, rows: size,
                in: criticWork)
            for row in 0..<size { result[first + row] = outputs[row * critic.outputStride] }
        }
    }

    // MARK: Learning

    func update(progress: Double) -> [String: Double] {
        let learningRate = configuration.learningRate.value(progress: progress)  // (4)
        let clip = Float(configuration.clipRange.value(progress: progress))
        slots.removeAll(keepingCapacity: true)
        for slot in 0..<storage.slotCount where storage.isTransition[slot] { slots.append(slot) }
        var sums = LossSums()
        for _ in 0..<configuration.epochs where !slots.isEmpty {
            shuffleSlots()
            var epoch = LossSums()
            for first in stride(from: 0, to: slots.count, by: configuration.minibatchSize) {
                let range = first..<min(first + configuration.minibatchSize, slots.count)
                differentiate(range, clip: clip, sums: &epoch)
                optimiser.step(learningRate: learningRate, maxNorm: configuration.maxGradientNorm)  // (11)
            }
            sums = epoch
            if let target = configuration.targetKL, epoch.kl / epoch.count > 1.5 * target { break }
        }
        var metrics = sums.metrics
        metrics["charts/learning_rate"] = learningRate
        metrics["losses/explained_variance"] = explainedVariance()
        return metrics
    }

    /// Every transition once an epoch, in another order each time (6).
    func shuffleSlots() {
        for index in slots.indices.dropFirst().reversed() {
            let other = Int(truncatingIfNeeded: ((generator.next() >> 32) &* UInt64(index + 1)) >> 32)
            slots.swapAt(index, other)
        }
    }

    /// The loss's gradients over the transitions `slots[range]`:
    /// -min(r A, clip(r) A) - entropyCoefficient · H + valueCoefficient · ½ (v - R)².
    func differentiate(_ range: Range<Int>, clip: Float, sums: inout LossSums) {
        let width = storage.width
        for (row, index) in range.enumerated() {
            let source = storage.observations.pointer + slots[index] * width
            (batch.pointer + row * width).update(from: source, count: width)
        }
        let size = range.count
        let outputs = policy.forward(
            parameters.pointer, input: batch.pointer, inputStride: width, rows: size, in: policyWork)
        let values = critic.forward(
            criticParameters, input: batch.pointer, inputStride: width, rows: size, in: criticWork)
        let deviationGradients = optimiser.gradients.pointer + policy.parameterCount + critic.parameterCount
        for index in 0..<head.deviationCount { deviationGradients[index] = 0 }
        let (shift, scale) = advantageScaling(range)
        let share = 1 / Float(size)
        let byEntropy = -Float(configuration.entropyCoefficient) * share

        storage.masks.withUnsafeBufferPointer { masks in
            for (row, index) in range.enumerated() {
                let slot = slots[index]
                let decision = storage.decisions.pointer + slot * head.decisionWidth
                let mask = runner.maskCount > 0 ? masks.baseAddress.map { $0 + slot * runner.maskCount } : nil
                let output = outputs + row * policy.outputStride
                let (logProbability, entropy) = head.assess(
                    output, deviations: deviations, mask: mask, decision: decision, logs: logs.pointer)
                let logRatio = logProbability - storage.logProbabilities[slot]
                let ratio = exp(logRatio)
                let advantage = (storage.advantages[slot] - shift) * scale
                let plain = ratio * advantage
                let clipped = min(max(ratio, 1 - clip), 1 + clip) * advantage  // (8)
                head.addGradients(
                    byLog: plain <= clipped ? -plain * share : 0, byEntropy: byEntropy, entropy: entropy, row: output,
                    deviations: deviations, decision: decision, logs: logs.pointer,
                    outputs: policyWork.outputGradients + row * policy.outputStride,
                    deviationGradients: deviationGradients)
                let value = values[row * critic.outputStride]
                let (loss, slope) = valueLoss(value, slot: slot, clip: clip)
                criticWork.outputGradients[row * critic.outputStride] =
                    Float(configuration.valueCoefficient) * slope * share
                sums.add(
                    policy: -min(plain, clipped), value: loss, entropy: entropy, ratio: ratio, logRatio: logRatio,
                    clip: clip)
            }
        }
        policy.backward(
            parameters.pointer, input: batch.pointer, inputStride: width, rows: size, in: policyWork,
            gradients: optimiser.gradients.pointer)
        critic.backward(
            criticParameters, input: batch.pointer, inputStride: width, rows: size, in: criticWork,
            gradients: optimiser.gradients.pointer + policy.parameterCount)
    }

    /// Mean and reciprocal deviation of a minibatch's advantages (7); of a minibatch of one, which has no deviation, nothing is
    /// changed.
    func advantageScaling(_ range: Range<Int>) -> (shift: Float, scale: Float) {
        guard configuration.normalisesAdvantages, range.count > 1 else { return (0, 1) }
        let mean = range.reduce(0.0) { $0 + Double(storage.advantages[slots[$1]]) } / Double(range.count)
        let squares = range.reduce(0.0) { sum, index in
            let distance = Double(storage.advantages[slots[index]]) - mean
            return sum + distance * distance
        }
        return (Float(mean), Float(1 / ((squares / Double(range.count - 1)).squareRoot() + 1e-8)))
    }

    /// Half the squared error and its slope; where clipped, the larger of both losses (9).
    func valueLoss(_ value: Float, slot: Int, clip: Float) -> (loss: Float, slope: Float) {
        let error = value - storage.returns[slot]
        guard configuration.clipsValueLoss else { return (0.5 * error * error, error) }
        let old = storage.values[slot]
        let clippedError = old + min(max(value - old, -clip), clip) - storage.returns[slot]
        guard clippedError * clippedError > error * error else { return (0.5 * error * error, error) }
        return (0.5 * clippedError * clippedError, abs(value - old) < clip ? clippedError : 0)
    }

    /// 1 - Var(R - v) / Var(R) (12).
    func explainedVariance() -> Double {
        func variance(_ values: [Double]) -> Double {
            let mean = values.reduce(0, +) / Double(max(values.count, 1))
            return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(values.count, 1))
        }
        let total = variance(slots.map { Double(storage.returns[$0]) })
        let rest = variance(slots.map { Double(storage.returns[$0] - storage.values[$0]) })
        return total > 0 ? 1 - rest / total : .nan
    }
}
