import Randomness

/// The last transitions, the oldest overwritten once it is full (Lin, 1992).
final class ReplayStorage {
    let capacity: Int
    let width: Int
    let maskCount: Int
    private(set) var count = 0
    private var next = 0
    private let observations: Rows<Float>
    private let successors: Rows<Float>
    private let rewards: FloatBuffer
    private var actions: [Int32]
    /// Whether nothing followed. Truncated transitions are not terminated: their successors have a value.
    private var terminated: [UInt8]
    /// What the mask allowed in the successor; of no width where there are no masks.
    private let masks: Rows<Int8>

    init(capacity: Int, width: Int, maskCount: Int) {
        self.capacity = capacity
        self.width = width
        self.maskCount = maskCount
        observations = Rows(count: capacity, width: width)
        successors = Rows(count: capacity, width: width)
        rewards = FloatBuffer(count: capacity)
        actions = Array(repeating: 0, count: capacity)
        terminated = Array(repeating: 0, count: capacity)
        masks = Rows(count: capacity, width: maskCount, repeating: 1)
    }

    /// A transition as it lies in the storage.
    struct Transition {
        let observation: UnsafePointer<Float>
        let successor: UnsafePointer<Float>
        let reward: Float
        let action: Int
        let isTerminated: Bool
        /// Of the successor; nil where there are no masks.
        let mask: UnsafePointer<Int8>?
    }

    subscript(index: Int) -> Transition {
        Transition(
            observation: observations[index], successor: successors[index], reward: rewards[index],
            action: Int(actions[index]), isTerminated: terminated[index] != 0,
            mask: maskCount > 0 ? UnsafePointer(masks[index]) : nil)
    }

    /// - Parameter mask: of the successor; nil where there are no masks.
    func append(
        observation: UnsafePointer<Float>, action: Int, reward: Float, successor: UnsafePointer<Float>,
        isTerminated: Bool, mask: UnsafePointer<Int8>?
    ) {
        observations.copy(observation, to: next)
        successors.copy(successor, to: next)
        rewards[next] = reward
        actions[next] = Int32(action)
        terminated[next] = isTerminated ? 1 : 0
        for index in 0..<maskCount { masks[next][index] = mask.map { $0[index] } ?? 1 }
        next = (next + 1) % capacity
        count = min(count + 1, capacity)
    }

    /// One of the transitions, all equally probable. There is one.
    func draw(using generator: inout PCG64) -> Int {
        generator.index(below: count)
    }
}

extension ReplayStorage {
    func tensors() -> [String: SafeTensors.Tensor] {
        [
            "replay.observations": SafeTensors.Tensor(observations.elements(of: count), shape: [count, width]),
            "replay.successors": SafeTensors.Tensor(successors.elements(of: count), shape: [count, width]),
            "replay.rewards": SafeTensors.Tensor(Array(rewards.elements[0..<count])),
            "replay.actions": SafeTensors.Tensor(Array(actions[0..<count])),
            "replay.terminated": SafeTensors.Tensor(Array(terminated[0..<count])),
            "replay.masks": SafeTensors.Tensor((0..<count * maskCount).map { UInt8(bitPattern: masks.first[$0]) }),
            "replay.next": SafeTensors.Tensor([Double(next)]),
        ]
    }

    func restore(from checkpoint: Checkpoint, actionCount: Int) throws(LearningError) {
        let tensors = checkpoint.content.tensors
        guard let saved = tensors["replay.rewards"]?.floats, saved.count <= capacity,
            let savedActions = tensors["replay.actions"]?.integers, savedActions.count == saved.count,
            savedActions.allSatisfy({ 0..<Int32(actionCount) ~= $0 }),
            let flags = tensors["replay.terminated"], flags.element == .uint8, flags.bytes.count == saved.count,
            let savedMasks = tensors["replay.masks"], savedMasks.bytes.count == saved.count * maskCount,
            let position = Int(exactly: try checkpoint.doubles("replay.next", count: 1)[0]), 0..<capacity ~= position
        else {
            throw LearningError(
                .checkpoint, "the checkpoint's replay storage is damaged or of another size; save it again")
        }
        let before = try checkpoint.floats("replay.observations", count: saved.count * width)
        let after = try checkpoint.floats("replay.successors", count: saved.count * width)
        for (index, value) in before.enumerated() { observations.first[index] = value }
        for (index, value) in after.enumerated() { successors.first[index] = value }
        for index in saved.indices {
            rewards[index] = saved[index]
            actions[index] = savedActions[index]
            terminated[index] = flags.bytes[index]
        }
        for (index, byte) in savedMasks.bytes.enumerated() { masks.first[index] = Int8(bitPattern: byte) }
        count = saved.count
        next = position
    }
}
