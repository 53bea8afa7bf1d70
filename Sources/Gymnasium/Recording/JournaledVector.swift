public import Randomness

/// A vector whose sub-environments' episodes go into a journal. In all else it is the vector that it was made of.
public final class JournaledVector: VectorEnvironment {
    private let vector: any VectorEnvironment
    private let journal: any VectorJournal
    /// For asking after seeds: a reset of no sub-environment clears final rows, and shall not clear the caller's.
    private let spare: RowBuffers
    /// Whose episodes were over before the step.
    private var isOver: [Bool]
    /// Made for the journal by the last call, and good for the reply too.
    private var infos: [Int: [Value.Entry]] = [:]
    private var finalInfos: [Int: [Value.Entry]] = [:]

    public init(_ vector: any VectorEnvironment, _ journal: any VectorJournal) {
        self.vector = vector
        self.journal = journal
        spare = RowBuffers(for: vector)
        isOver = Array(repeating: false, count: vector.count)
    }

    public var spec: EnvironmentSpec { vector.spec }
    public var singleObservationSpace: Space { vector.singleObservationSpace }
    public var singleActionSpace: Space { vector.singleActionSpace }
    public var count: Int { vector.count }
    public var autoresetMode: AutoresetMode { vector.autoresetMode }
    public var arguments: [Value.Entry] { vector.arguments }
    public var scenarioText: String { vector.scenarioText }
    public var infoDetail: InfoDetail { vector.infoDetail }
    public var actionMaskCount: Int { vector.actionMaskCount }
    public var expectedStepSeconds: Double { vector.expectedStepSeconds }
    public var waits: Bool { vector.waits }

    public func reset(seeds: [Seed?], mask: [Bool]?, into buffers: RowBuffers) -> [Seed] {
        let inForce = vector.reset(seeds: seeds, mask: mask, into: buffers)
        guard mask?.contains(true) ?? true else { return inForce }
        (infos, finalInfos) = ([:], [:])
        for index in isOver.indices where mask?[index] ?? true {
            isOver[index] = false
            if vector.infoDetail == .full { infos[index] = vector.info(at: index) }
        }
        journal.reset(
            VectorReset(
                mask: mask, seeds: inForce, isSeeded: seeds.map { $0 != nil },
                observations: Array(buffers.observations), actionMasks: Array(buffers.actionMasks), infos: infos))
        return inForce
    }

    public func step(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) throws(VectorStepError) {
        (infos, finalInfos) = ([:], [:])
        try vector.step(actions: actions, into: buffers)
        guard buffers.rewards.allSatisfy(\.isFinite) else {
            journal.end()
            return
        }
        var step = VectorStep(
            actions: Array(actions), observations: Array(buffers.observations), rewards: Array(buffers.rewards),
            terminations: Array(buffers.terminations), truncations: Array(buffers.truncations),
            actionMasks: Array(buffers.actionMasks))
        let hasFinal = autoresetMode == .sameStep && buffers.finalMask.contains(true)
        for index in 0..<count {
            let isEnd = autoresetMode != .sameStep && (step.terminations[index] || step.truncations[index])
            if infoDetail == .full || infoDetail == .ends && isEnd { step.infos[index] = vector.info(at: index) }
            if hasFinal, buffers.finalMask[index] { step.finalInfos[index] = vector.finalInfo(at: index) }
        }
        (infos, finalInfos) = (step.infos, step.finalInfos)
        if hasFinal { step.finalObservations = Array(buffers.finalObservations) }
        if hasFinal || autoresetMode == .nextStep && isOver.contains(true) {
            step.seeds = vector.reset(
                seeds: Array(repeating: nil, count: count), mask: Array(repeating: false, count: count), into: spare)
        }
        journal.step(step)
        guard autoresetMode == .nextStep else { return }
        for index in isOver.indices { isOver[index] = step.terminations[index] || step.truncations[index] }
    }

    public func info(at index: Int) -> [Value.Entry] { infos[index] ?? vector.info(at: index) }
    public func finalInfo(at index: Int) -> [Value.Entry]? { finalInfos[index] ?? vector.finalInfo(at: index) }
    public func render(at index: Int, mode: String) -> RenderedFrame? { vector.render(at: index, mode: mode) }
    public func use(_ team: ThreadTeam) { vector.use(team) }

    public func close() {
        journal.end()
        vector.close()
    }
}
