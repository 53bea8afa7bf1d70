import Foundation

/// Epochs of gradient steps over what a round gave.
extension PPO {
    func update(progress: Double) -> [String: Double] {
        let learningRate = configuration.learningRate.value(progress: progress)  // (4)
        let clip = Float(configuration.clipRange.value(progress: progress))
        slots.removeAll(keepingCapacity: true)
        for slot in 0..<storage.slotCount where storage.isTransition[slot] { slots.append(slot) }
        let sequences = configuration.sequencesOfMinibatch(of: storage.count)
        let size = sequences.map { $0 * storage.steps } ?? configuration.minibatchSize
        var sums = LossSums()
        for _ in 0..<configuration.epochs where !slots.isEmpty {
            if let sequences { shuffleSequences(by: sequences) } else { shuffleSlots() }
            var epoch = LossSums()
            for first in stride(from: 0, to: slots.count, by: size) {
                let range = first..<min(first + size, slots.count)
                guard slots[range].contains(where: { storage.isTransition[$0] }) else { continue }
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
            slots.swapAt(index, generator.index(below: index + 1))
        }
    }

    /// Every sequence once an epoch, in another order each time: all slots of some sub-environments, step by step, then those
    /// of the next ones. The steps that only reset are among them.
    ///
    /// - Parameter size: sequences of a minibatch.
    func shuffleSequences(by size: Int) {
        var order = Array(0..<storage.count)
        for index in order.indices.dropFirst().reversed() { order.swapAt(index, generator.index(below: index + 1)) }
        slots.removeAll(keepingCapacity: true)
        for first in stride(from: 0, to: order.count, by: size) {
            let some = order[first..<min(first + size, order.count)]
            for step in 0..<storage.steps { slots += some.map { step * storage.count + $0 } }
        }
    }

    /// Copies the observations of `slots[range]`, and with memories what was remembered before them.
    private func gather(_ range: Range<Int>) -> (policy: Sequences, critic: Sequences) {
        for (row, index) in range.enumerated() { batch.copy(storage.observations[slots[index]], to: row) }
        let steps = hasMemory ? storage.steps : 1
        let count = range.count / steps
        if hasMemory {
            for (row, index) in range.enumerated() {
                batchStart.begins.copy(storage.start.begins[slots[index]], to: row)
            }
            // The slots of the first step are the sub-environments.
            for index in 0..<count { batchStart.copy(slots[range.lowerBound + index], of: storage.start, to: index) }
        }
        let (policy, critic) = (batchStart.policy.first, batchStart.critic.first)
        return (
            Sequences(steps: steps, count: count, states: policy, begins: batchStart.begins.first),
            Sequences(steps: steps, count: count, states: critic, begins: batchStart.begins.first)
        )
    }

    /// The loss's gradients over the transitions among `slots[range]`, which are whole sequences where there are memories:
    /// -min(r A, clip(r) A) - entropyCoefficient · H + valueCoefficient · ½ (v - R)².
    func differentiate(_ range: Range<Int>, clip: Float, sums: inout LossSums) {
        let sequences = gather(range)
        let outputs = policy.forward(parameters.pointer, input: batch.first, sequences.policy, in: policyWork)
        let values = critic.forward(criticParameters, input: batch.first, sequences.critic, in: criticWork)
        let deviationGradients = optimiser.gradients.pointer + policy.parameterCount + critic.parameterCount
        for index in 0..<head.deviationCount { deviationGradients[index] = 0 }
        let (shift, scale) = advantageScaling(range)
        let share = 1 / Float(range.count { storage.isTransition[slots[$0]] })
        let byEntropy = -Float(configuration.entropyCoefficient) * share

        for (row, index) in range.enumerated() {
            let slot = slots[index]
            guard storage.isTransition[slot] else {
                policyWork.outputGradients[row].update(repeating: 0, count: head.outputs)
                criticWork.outputGradients[row][0] = 0
                continue
            }
            let (output, decision) = (outputs[row], storage.decisions[slot])
            let (logProbability, entropy) = head.assess(
                output, deviations: deviations, mask: runner.maskCount > 0 ? UnsafePointer(storage.masks[slot]) : nil,
                decision: decision, logs: logs.pointer)
            let logRatio = logProbability - storage.logProbabilities[slot]
            let ratio = exp(logRatio)
            let advantage = (storage.advantages[slot] - shift) * scale
            let plain = ratio * advantage
            let clipped = min(max(ratio, 1 - clip), 1 + clip) * advantage  // (8)
            head.addGradients(
                byLog: plain <= clipped ? -plain * share : 0, byEntropy: byEntropy, entropy: entropy, row: output,
                deviations: deviations, decision: decision, logs: logs.pointer,
                outputs: policyWork.outputGradients[row], deviationGradients: deviationGradients)
            let (loss, slope) = valueLoss(values[row][0], slot: slot, clip: clip)
            criticWork.outputGradients[row][0] = Float(configuration.valueCoefficient) * slope * share
            sums.add(
                policy: -min(plain, clipped), value: loss, entropy: entropy, ratio: ratio, logRatio: logRatio,
                clip: clip)
        }
        policy.backward(
            parameters.pointer, input: batch.first, sequences.policy, in: policyWork,
            gradients: optimiser.gradients.pointer)
        critic.backward(
            criticParameters, input: batch.first, sequences.critic, in: criticWork,
            gradients: optimiser.gradients.pointer + policy.parameterCount)
    }

    /// Mean and reciprocal deviation of a minibatch's advantages (7); of a minibatch of one, which has no deviation, nothing is
    /// changed.
    func advantageScaling(_ range: Range<Int>) -> (shift: Float, scale: Float) {
        let transitions = slots[range].filter { storage.isTransition[$0] }
        guard configuration.normalisesAdvantages, transitions.count > 1 else { return (0, 1) }
        let mean = transitions.reduce(0.0) { $0 + Double(storage.advantages[$1]) } / Double(transitions.count)
        let squares = transitions.reduce(0.0) { sum, slot in
            let distance = Double(storage.advantages[slot]) - mean
            return sum + distance * distance
        }
        return (Float(mean), Float(1 / ((squares / Double(transitions.count - 1)).squareRoot() + 1e-8)))
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
        let transitions = slots.filter { storage.isTransition[$0] }
        let total = variance(transitions.map { Double(storage.returns[$0]) })
        let rest = variance(transitions.map { Double(storage.returns[$0] - storage.values[$0]) })
        return total > 0 ? 1 - rest / total : .nan
    }
}
