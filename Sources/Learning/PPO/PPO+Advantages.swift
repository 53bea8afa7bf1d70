/// How much better the round's actions were than the values promised.
extension PPO {
    func estimateAdvantages() {
        // With a memory they have been found on the way.
        if !hasMemory {
            writeValues(of: storage.observations.first, now, count: storage.slotCount, to: storage.values.pointer)
        }
        let following = UnsafeBufferPointer(start: runner.observations.first, count: storage.count * storage.width)
        let valuesAfter = normalisedValues(of: Array(following), now, count: storage.count)
        let cut = SequenceStart(sequences: cutSlots.count, rows: cutSlots.count, stateWidth: critic.stateWidth)
        cut.critic.first.update(from: cutStates, count: cutStates.count)
        for (slot, value) in zip(cutSlots, normalisedValues(of: cutObservations, cut, count: cutSlots.count)) {
            storage.valuesAtEnd[slot] = value
        }
        storage.estimateAdvantages(
            discount: Float(configuration.discount), lambda: Float(configuration.gaeLambda),
            valuesAfter: valuesAfter)
    }

    /// Values of observations as the environment gave them.
    ///
    /// - Parameter start: what the critic remembers of those before them; not read without a memory.
    private func normalisedValues(of observations: [Float], _ start: SequenceStart, count: Int) -> [Float] {
        var rows = observations
        if configuration.normalisesObservations { observationNormaliser.normalise(&rows, count: count) }
        var values = [Float](repeating: 0, count: count)
        writeValues(of: rows, start, count: count, to: &values)
        return values
    }

    private func writeValues(
        of rows: UnsafePointer<Float>, _ start: SequenceStart, count: Int, to result: UnsafeMutablePointer<Float>
    ) {
        for first in stride(from: 0, to: count, by: criticWork.rows) {
            let size = min(criticWork.rows, count - first)
            let outputs = critic.forward(
                criticParameters, input: rows + first * storage.width,
                Sequences(steps: 1, count: size, states: start.critic[first], begins: start.begins[first]),
                in: criticWork)
            for row in 0..<size { result[first + row] = outputs[row][0] }
        }
    }
}

extension RolloutStorage {
    /// Generalised advantage estimation (Schulman et al., 2016; detail 5 of Huang et al., 2022): advantages and returns from
    /// rewards and values. Nothing crosses an episode's end but ``valuesAtEnd``.
    ///
    /// - Parameter valuesAfter: of the observations that followed the last step, one a sub-environment.
    func estimateAdvantages(discount: Float, lambda: Float, valuesAfter: UnsafePointer<Float>) {
        for index in 0..<count {
            var advantage: Float = 0
            for step in (0..<steps).reversed() {
                let slot = step * count + index
                let next = step == steps - 1 ? valuesAfter[index] : values[slot + count]
                let delta = rewards[slot] + discount * (isLast[slot] ? valuesAtEnd[slot] : next) - values[slot]
                advantage = delta + (isLast[slot] ? 0 : discount * lambda * advantage)
                advantages[slot] = advantage
                returns[slot] = advantage + values[slot]
            }
        }
    }
}
