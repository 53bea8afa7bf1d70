import Foundation

/// Epochs of gradient steps over what a round gave.
extension PPO {
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
            slots.swapAt(index, generator.index(below: index + 1))
        }
    }

    /// The loss's gradients over the transitions `slots[range]`:
    /// -min(r A, clip(r) A) - entropyCoefficient · H + valueCoefficient · ½ (v - R)².
    func differentiate(_ range: Range<Int>, clip: Float, sums: inout LossSums) {
        for (row, index) in range.enumerated() { batch.copy(storage.observations[slots[index]], to: row) }
        let size = range.count
        let outputs = policy.forward(parameters.pointer, input: batch.first, rows: size, in: policyWork)
        let values = critic.forward(criticParameters, input: batch.first, rows: size, in: criticWork)
        let deviationGradients = optimiser.gradients.pointer + policy.parameterCount + critic.parameterCount
        for index in 0..<head.deviationCount { deviationGradients[index] = 0 }
        let (shift, scale) = advantageScaling(range)
        let share = 1 / Float(size)
        let byEntropy = -Float(configuration.entropyCoefficient) * share

        for (row, index) in range.enumerated() {
            let slot = slots[index]
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
            parameters.pointer, input: batch.first, rows: size, in: policyWork,
            gradients: optimiser.gradients.pointer)
        critic.backward(
            criticParameters, input: batch.first, rows: size, in: criticWork,
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
