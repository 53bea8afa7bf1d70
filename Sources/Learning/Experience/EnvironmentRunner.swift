public import Gymnasium
import Randomness

/// Steps a vector and tells transitions from resets, whatever the autoreset mode.
///
/// After a step, row i of ``successors`` is what followed the action of sub-environment i within its episode, and row i of
/// ``observations`` what the next action is chosen by. They differ where an episode ended and the next one has begun.
public final class EnvironmentRunner {
    public let vector: any ImmediateRows
    /// Sub-environments.
    public let count: Int
    /// Floats of an observation.
    public let width: Int
    public let actions: ActionWriter
    /// Elements of a mask of actions; 0 where the environment gives none.
    public let maskCount: Int

    /// A row a sub-environment.
    public let observations: Rows<Float>
    public let successors: Rows<Float>
    public private(set) var rewards: [Double]
    public private(set) var terminated: [Bool]
    public private(set) var truncated: [Bool]
    /// Whether the step was one of an episode. In the mode `nextStep` the step after an episode's last only resets: its action
    /// did nothing, and nothing may be learnt from it.
    public private(set) var isTransition: [Bool]
    /// Episodes that ended since ``takeEpisodes()``.
    private var ended: [EpisodeEnd] = []
    /// Episodes that ended, those before a checkpoint included.
    public internal(set) var episodeCount = 0
    /// Steps of all sub-environments so far, those that only reset and those before a checkpoint included.
    public internal(set) var stepCount = 0
    /// Of the episodes to begin with before the next step; nil while episodes are under way.
    private var firstSeeds: [Seed]?

    private let reader: ObservationReader
    private let buffers: RowBuffers
    private let actionBytes: UnsafeMutableRawBufferPointer
    private var isOver: [Bool]
    private var returns: [Double]
    private var lengths: [Int]

    /// Begins with the seeds that follow from the configuration's.
    ///
    /// - Throws: settings out of their ranges, and spaces that the algorithm cannot learn in.
    public convenience init(
        _ vector: any ImmediateRows, for configuration: some LearnerConfiguration
    ) throws(LearningError) {
        try configuration.validate()
        try self.init(vector)
        try check(type(of: configuration))
        firstSeeds = (0..<count).map { Seed(configuration.seed).advanced(by: $0) }
    }

    init(_ vector: any ImmediateRows) throws(LearningError) {
        guard vector.count > 0 else {
            throw LearningError(.space, "the vector has no sub-environment; make it with one or more")
        }
        self.vector = vector
        count = vector.count
        reader = try ObservationReader(vector.observationSpace)
        actions = try ActionWriter(vector.actionSpace)
        width = reader.width
        let masked = actions.form == .discrete ? PolicyHead(actions).outputs : 0
        maskCount = vector.actionMaskCount == masked ? masked : 0
        buffers = RowBuffers(for: vector)
        observations = Rows(count: count, width: width)
        successors = Rows(count: count, width: width)
        actionBytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count * actions.byteCount, alignment: 16)
        actionBytes.initializeMemory(as: UInt8.self, repeating: 0)
        rewards = Array(repeating: 0, count: count)
        returns = rewards
        terminated = Array(repeating: false, count: count)
        truncated = terminated
        isOver = terminated
        isTransition = terminated
        lengths = Array(repeating: 0, count: count)
    }

    deinit { actionBytes.deallocate() }

    private func check<Configuration: LearnerConfiguration>(_: Configuration.Type) throws(LearningError) {
        guard !Configuration.actions.contains(actions.form) else { return }
        let others = LearnerCatalogue.standard.learners.filter { $0.actions.contains(actions.form) }
        throw LearningError(
            .space,
            "\(Configuration.algorithm) needs a \(Configuration.actions.map(\.rawValue).joined(separator: " or ")) action "
                + "space, got a \(vector.actionSpace.kindName) one; train "
                + others.map { $0.algorithm }.joined(separator: " or "))
    }

    /// Begins the first episodes where none are under way.
    ///
    /// - Returns: whether it did.
    public func beginIfNeeded() throws(LearningError) -> Bool {
        guard let seeds = firstSeeds else { return false }
        try begin(seeds: seeds)
        firstSeeds = nil
        return true
    }

    /// Leaves the episodes under way; others begin before the next step.
    func beginAnew(seeds: [Seed]) { firstSeeds = seeds }

    /// Begins an episode in every sub-environment.
    func begin(seeds: [Seed]) throws(LearningError) {
        try reset(seeds: seeds, mask: nil)
        for index in 0..<count {
            isOver[index] = false
            returns[index] = 0
            lengths[index] = 0
            reader.read(UnsafeRawBufferPointer(buffers.observation(at: index)), into: observations[index])
        }
    }

    /// The mask of a sub-environment's next action; nil where there are none.
    public func mask(at index: Int) -> UnsafePointer<Int8>? {
        guard maskCount > 0, let base = buffers.actionMasks.baseAddress else { return nil }
        return UnsafePointer(base + index * maskCount)
    }

    /// Steps all sub-environments.
    ///
    /// - Parameter decisions: `count` × `actions.width` floats.
    /// - Throws: why the environment could not step.
    public func step(_ decisions: UnsafePointer<Float>) throws(LearningError) {
        guard let base = actionBytes.baseAddress else { return }
        for index in 0..<count {
            actions.write(decisions + index * actions.width, into: base + index * actions.byteCount)
        }
        do {
            try vector.stepNow(actions: UnsafeRawBufferPointer(actionBytes), into: buffers)
        } catch {
            throw LearningError(.step, "sub-environment \(error.row ?? 0) could not step: \(error.description)")
        }
        stepCount += count
        for index in 0..<count { take(index) }
        if vector.autoresetMode == .disabled, isOver.contains(true) { try resetFinished() }
    }

    /// Gives the episodes that ended since the last call.
    public func takeEpisodes() -> [EpisodeEnd] {
        defer { ended.removeAll(keepingCapacity: true) }
        return ended
    }

    private func take(_ index: Int) {
        let reward = buffers.rewards[index]
        rewards[index] = reward
        terminated[index] = buffers.terminations[index]
        truncated[index] = buffers.truncations[index]
        isTransition[index] = !isOver[index]
        let isLast = terminated[index] || truncated[index]
        let next = observations[index]
        let successor = successors[index]
        reader.read(UnsafeRawBufferPointer(buffers.observation(at: index)), into: next)
        if isLast, vector.autoresetMode == .sameStep, buffers.finalMask[index] {
            reader.read(UnsafeRawBufferPointer(buffers.finalObservation(at: index)), into: successor)
        } else {
            successor.update(from: next, count: width)
        }
        guard isTransition[index] else {
            isOver[index] = false
            return
        }
        returns[index] += reward
        lengths[index] += 1
        guard isLast else { return }
        episodeCount += 1
        ended.append(
            EpisodeEnd(
                step: stepCount, episodicReturn: returns[index], length: lengths[index], result: result(at: index)))
        returns[index] = 0
        lengths[index] = 0
        isOver[index] = vector.autoresetMode != .sameStep
    }

    private func result(at index: Int) -> [TrainingProgress.Metric] {
        guard vector.infoDetail != .none else { return [] }
        let info = vector.autoresetMode == .sameStep ? vector.finalInfo(at: index) : vector.info(at: index)
        guard case .dict(let entries)? = info?.first(where: { $0.key == "result" })?.value else { return [] }
        return entries.compactMap { entry in entry.value.double.map { TrainingProgress.Metric(entry.key, $0) } }
    }

    private func reset(seeds: [Seed?], mask: [Bool]?) throws(LearningError) {
        do {
            try vector.resetNow(seeds: seeds, mask: mask, into: buffers)
        } catch {
            throw LearningError(.step, "sub-environment \(error.row ?? 0) could not be reset: \(error.description)")
        }
    }

    private func resetFinished() throws(LearningError) {
        try reset(seeds: Array(repeating: nil, count: count), mask: isOver)
        for index in 0..<count where isOver[index] {
            isOver[index] = false
            reader.read(UnsafeRawBufferPointer(buffers.observation(at: index)), into: observations[index])
        }
    }
}
