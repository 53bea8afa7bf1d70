public import Gymnasium
public import Learning
import Randomness

/// Episodes of an agent on a vector of any environment.
public struct EnvironmentEvaluator {
    private let vector: any ImmediateRows
    private let buffers: RowBuffers
    /// The first episode's seed; episode i has the seed `firstSeed` + i.
    public let firstSeed: UInt64
    /// Episodes of each agent.
    public let episodes: Int

    /// - Parameters:
    ///   - vector: in the autoreset mode `disabled`, not to be used by anybody else from now on.
    ///   - episodes: 1 or more; spread over the sub-environments.
    /// - Throws: `EvaluationError` for a vector in another mode, and for no episodes.
    public init(_ vector: any ImmediateRows, firstSeed: UInt64, episodes: Int) throws(EvaluationError) {
        guard episodes > 0 else { throw .noEpisodes(policy: vector.spec.id) }
        guard vector.autoresetMode == .disabled else { throw .autoresets(got: vector.autoresetMode.rawValue) }
        self.vector = vector
        self.firstSeed = firstSeed
        self.episodes = episodes
        buffers = RowBuffers(for: vector)
    }

    /// Runs the agent's best actions.
    ///
    /// - Parameter progress: called with the episodes done and those there are.
    /// - Throws: `LearningError`: spaces that are not the agent's, or an environment that cannot step.
    public func run(
        _ policy: TrainedPolicy, name: String, progress: (Int, Int) -> Void = { _, _ in }
    ) throws(LearningError) -> EnvironmentResult.Policy {
        try policy.origin.check(vector)
        let actionBytes = vector.actionSpace.arrayForm?.byteCount ?? 0
        var running = Running(count: vector.count, episodes: episodes)
        // One for each sub-environment's episode.
        var memories = Array(repeating: policy.emptyMemory, count: vector.count)
        try begin(&running, all: true)
        while running.done < episodes {
            for index in 0..<vector.count {
                let observation = policy.row(of: UnsafeRawBufferPointer(buffers.observation(at: index)))
                let mask = vector.actionMaskCount > 0 ? Array(buffers.actionMask(at: index)) : nil
                let action = policy.greedyAction(observation, mask: mask, memory: &memories[index])
                let row = buffers.actions[index * actionBytes..<(index + 1) * actionBytes]
                policy.write(action, into: UnsafeMutableRawBufferPointer(rebasing: row))
            }
            try step()
            for index in 0..<vector.count {
                running.add(
                    index, reward: buffers.rewards[index],
                    isLast: buffers.terminations[index] || buffers.truncations[index])
            }
            for index in 0..<vector.count where running.isOver[index] { memories[index] = policy.emptyMemory }
            progress(running.done, episodes)
            if running.done < episodes, running.isOver.contains(true) { try begin(&running, all: false) }
        }
        return EnvironmentResult.Policy(policy: name, returns: running.returns, lengths: running.lengths)
    }

    private func step() throws(LearningError) {
        do {
            try vector.stepNow(actions: UnsafeRawBufferPointer(buffers.actions), into: buffers)
        } catch {
            throw LearningError(.step, "\(vector.spec.id) could not step: \(error.description)")
        }
    }

    /// Begins the next episodes in the sub-environments that are free. Those for which none is left go on with episodes that do
    /// not count.
    private func begin(_ running: inout Running, all: Bool) throws(LearningError) {
        let mask = running.isOver.map { $0 || all }
        let seeds = mask.indices.map { index -> Seed? in
            guard mask[index] else { return nil }
            return Seed(firstSeed).advanced(by: running.begin(index) ?? episodes + index)
        }
        do {
            try vector.resetNow(seeds: seeds, mask: mask, into: buffers)
        } catch {
            throw LearningError(.step, "\(vector.spec.id) could not be reset: \(error.description)")
        }
    }

    /// Which episode each sub-environment is in, and what has come of them.
    private struct Running {
        var returns: [Double]
        var lengths: [Int]
        var isOver: [Bool]
        var done = 0
        private var next = 0
        private var current: [Int?]

        init(count: Int, episodes: Int) {
            returns = Array(repeating: 0, count: episodes)
            lengths = Array(repeating: 0, count: episodes)
            isOver = Array(repeating: false, count: count)
            current = Array(repeating: nil, count: count)
        }

        /// - Returns: the number of the episode; nil when none is left.
        mutating func begin(_ index: Int) -> Int? {
            isOver[index] = false
            current[index] = next < returns.count ? next : nil
            next += 1
            return current[index]
        }

        mutating func add(_ index: Int, reward: Double, isLast: Bool) {
            isOver[index] = isLast
            guard let episode = current[index] else { return }
            returns[episode] += reward
            lengths[episode] += 1
            guard isLast else { return }
            done += 1
            current[index] = nil
        }
    }
}
