/// What a round of PPO's acting gave: `steps` steps of `count` sub-environments, step by step.
final class RolloutStorage {
    let steps: Int
    let count: Int
    /// `steps` · `count`.
    let slotCount: Int
    let width: Int
    /// A row a slot; the slot of a sub-environment's step is `step · count + index`.
    let observations: Rows<Float>
    let decisions: Rows<Float>
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
    /// Of no width where there are no masks.
    let masks: Rows<Int8>
    /// What was remembered before the first step, and of each slot whether its observation is an episode's first.
    let start: SequenceStart

    init(steps: Int, count: Int, width: Int, decisionWidth: Int, maskCount: Int, stateWidth: Int = 0) {
        self.steps = steps
        self.count = count
        self.width = width
        slotCount = steps * count
        observations = Rows(count: slotCount, width: width)
        decisions = Rows(count: slotCount, width: decisionWidth)
        logProbabilities = FloatBuffer(count: slotCount)
        rewards = FloatBuffer(count: slotCount)
        values = FloatBuffer(count: slotCount)
        valuesAtEnd = FloatBuffer(count: slotCount)
        advantages = FloatBuffer(count: slotCount)
        returns = FloatBuffer(count: slotCount)
        isLast = Array(repeating: false, count: slotCount)
        isTransition = Array(repeating: true, count: slotCount)
        masks = Rows(count: slotCount, width: maskCount, repeating: 1)
        start = SequenceStart(sequences: count, rows: slotCount, stateWidth: stateWidth)
    }
}
