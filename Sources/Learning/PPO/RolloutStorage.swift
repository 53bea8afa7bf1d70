/// What a round of PPO's acting gave: `steps` steps of `count` sub-environments, step by step.
final class RolloutStorage {
    let steps: Int
    let count: Int
    /// `steps` · `count`.
    let slotCount: Int
    let width: Int
    let observations: FloatBuffer
    let decisions: FloatBuffer
    let logProbabilities: FloatBuffer
    let rewards: FloatBuffer
    let values: FloatBuffer
    /// At an episode's end, the value of what followed: 0 after a termination. Elsewhere not read.
    let valuesAtEnd: FloatBuffer
    let advantages: FloatBuffer
    let returns: FloatBuffer
    /// Whether the step was its episode's last.
    var isLast: [Bool]
    /// Whether the step was one of an episode, and not a reset alone.
    var isTransition: [Bool]
    /// `slotCount` × actions; empty where there are no masks.
    var masks: [Int8]

    init(steps: Int, count: Int, width: Int, decisionWidth: Int, maskCount: Int) {
        self.steps = steps
        self.count = count
        self.width = width
        slotCount = steps * count
        observations = FloatBuffer(count: slotCount * width)
        decisions = FloatBuffer(count: slotCount * decisionWidth)
        logProbabilities = FloatBuffer(count: slotCount)
        rewards = FloatBuffer(count: slotCount)
        values = FloatBuffer(count: slotCount)
        valuesAtEnd = FloatBuffer(count: slotCount)
        advantages = FloatBuffer(count: slotCount)
        returns = FloatBuffer(count: slotCount)
        isLast = Array(repeating: false, count: slotCount)
        isTransition = Array(repeating: true, count: slotCount)
        masks = Array(repeating: 1, count: slotCount * maskCount)
    }

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
