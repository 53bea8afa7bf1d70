import Randomness

/// The last transitions, the oldest overwritten once it is full (Lin, 1992).
final class ReplayStorage {
    let capacity: Int
    let width: Int
    let maskCount: Int
    private(set) var count = 0
    private var next = 0
    private let observations: FloatBuffer
    private let successors: FloatBuffer
    private let rewards: FloatBuffer
    private var actions: [Int32]
    /// Whether nothing followed. Truncated transitions are not terminated: their successors have a value.
    private var terminated: [UInt8]
    /// What the mask allowed in the successor; empty where there are no masks.
    private var masks: [Int8]

    init(capacity: Int, width: Int, maskCount: Int) {
        self.capacity = capacity
        self.width = width
        self.maskCount = maskCount
        observations = FloatBuffer(count: capacity * width)
        successors = FloatBuffer(count: capacity * width)
        rewards = FloatBuffer(count: capacity)
        actions = Array(repeating: 0, count: capacity)
        terminated = Array(repeating: 0, count: capacity)
        masks = Array(repeating: 1, count: capacity * maskCount)
    }

    /// A transition as it lies in the storage.
    struct Transition {
        let observation: UnsafePointer<Float>
        let successor: UnsafePointer<Float>
        let reward: Float
        let action: Int
        let isTerminated: Bool
    }

    subscript(index: Int) -> Transition {
        Transition(
            observation: UnsafePointer(observations.pointer + index * width),
            successor: UnsafePointer(successors.pointer + index * width), reward: rewards[index],
            action: Int(actions[index]), isTerminated: terminated[index] != 0)
    }

    /// - Parameter mask: of the successor; nil where there are no masks.
    func append(
        observation: UnsafePointer<Float>, action: Int, reward: Float, successor: UnsafePointer<Float>,
        isTerminated: Bool, mask: UnsafePointer<Int8>?
    ) {
        (observations.pointer + next * width).update(from: observation, count: width)
        (successors.pointer + next * width).update(from: successor, count: width)
        rewards[next] = reward
        actions[next] = Int32(action)
        terminated[next] = isTerminated ? 1 : 0
        for index in 0..<maskCount { masks[next * maskCount + index] = mask.map { $0[index] } ?? 1 }
        next = (next + 1) % capacity
        count = min(count + 1, capacity)
    }

    /// The mask of a transition's successor, for as long as `body` runs.
    func withMask<Result>(of index: Int, _ body: (UnsafePointer<Int8>?) -> Result) -> Result {
        guard maskCount > 0 else { return body(nil) }
        return masks.withUnsafeBufferPointer { body($0.baseAddress.map { $0 + index * maskCount }) }
    }

    /// One of the transitions, all equally probable. There is one.
    func draw(using generator: inout PCG64) -> Int {
        Int(truncatingIfNeeded: ((generator.next() >> 32) &* UInt64(count)) >> 32)
    }
}

extension ReplayStorage {
    func tensors() -> [String: SafeTensors.Tensor] {
        func rows(_ buffer: FloatBuffer, _ width: Int) -> [Float] {
            Array(UnsafeBufferPointer(start: buffer.pointer, count: count * width))
        }
        return [
            "replay.observations": SafeTensors.Tensor(rows(observations, width), shape: [count, width]),
            "replay.successors": SafeTensors.Tensor(rows(successors, width), shape: [count, width]),
            "replay.rewards": SafeTensors.Tensor(rows(rewards, 1)),
            "replay.actions": SafeTensors.Tensor(Array(actions[0..<count])),
            "replay.terminated": SafeTensors.Tensor(Array(terminated[0..<count])),
            "replay.masks": SafeTensors.Tensor(masks[0..<count * maskCount].map { UInt8(bitPattern: $0) }),
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
        for (index, value) in before.enumerated() { observations[index] = value }
        for (index, value) in after.enumerated() { successors[index] = value }
        for index in saved.indices {
            rewards[index] = saved[index]
            actions[index] = savedActions[index]
            terminated[index] = flags.bytes[index]
        }
        for (index, byte) in savedMasks.bytes.enumerated() { masks[index] = Int8(bitPattern: byte) }
        count = saved.count
        next = position
    }
}
