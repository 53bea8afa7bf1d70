public import Randomness

/// A vector of synchronous environments, stepped on the threads of a team.
///
/// Which thread steps a sub-environment makes no difference to what comes of it.
public final class SynchronousVector<Environment: SynchronousEnvironment>: VectorEnvironment {
    public let spec: EnvironmentSpec
    public let singleObservationSpace: Space
    public let singleActionSpace: Space
    public let autoresetMode: AutoresetMode
    public let arguments: [Value.Entry]
    public let scenarioText: String
    public let infoDetail: InfoDetail
    public let actionMaskCount: Int
    public let expectedStepSeconds: Double
    public var count: Int { environments.count }

    private let environments: [Environment]
    private var team: ThreadTeam?
    private let actionByteCount: Int
    private var seeds: [EpisodeSeeds]
    private var isOver: [Bool]
    private var finalInfos: [[Value.Entry]?]

    /// - Parameters:
    ///   - environments: one or more, all alike. Not to be used by anybody else.
    ///   - team: nil steps on the caller's thread only.
    ///   - actionMaskCount: actions of a mask; 0 for none.
    public init(
        _ environments: [Environment], spec: EnvironmentSpec, observationSpace: Space, actionSpace: Space,
        autoresetMode: AutoresetMode = .nextStep, arguments: [Value.Entry] = [], scenarioText: String = "",
        infoDetail: InfoDetail = .ends, actionMaskCount: Int = 0, expectedStepSeconds: Double = 1,
        team: ThreadTeam? = .shared
    ) {
        self.environments = environments
        self.spec = spec
        singleObservationSpace = observationSpace
        singleActionSpace = actionSpace
        self.autoresetMode = autoresetMode
        self.arguments = arguments
        self.scenarioText = scenarioText
        self.infoDetail = infoDetail
        self.actionMaskCount = actionMaskCount
        self.expectedStepSeconds = expectedStepSeconds
        self.team = team
        actionByteCount = actionSpace.arrayForm?.byteCount ?? 0
        seeds = Array(repeating: EpisodeSeeds(), count: environments.count)
        isOver = Array(repeating: false, count: environments.count)
        finalInfos = Array(repeating: nil, count: environments.count)
    }

    public func reset(seeds: [Seed?], mask: [Bool]?, into buffers: RowBuffers) -> [Seed] {
        for index in environments.indices where mask?[index] ?? true {
            environments[index].begin(
                seed: seeds[index], from: &self.seeds[index], observation: buffers.observation(at: index))
            if actionMaskCount > 0 { environments[index].writeActionMask(to: buffers.actionMask(at: index)) }
            buffers.rewards[index] = 0
            buffers.terminations[index] = false
            buffers.truncations[index] = false
            isOver[index] = false
        }
        clearFinal(buffers)
        return self.seeds.map(\.current)
    }

    public func step(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) throws(VectorStepError) {
        if autoresetMode == .disabled, let index = isOver.firstIndex(of: true) {
            throw VectorStepError(
                index: index,
                "the episode of sub-environment \(index) is over; reset it with a mask before the next step")
        }
        clearFinal(buffers)
        // Each index is touched by one thread only.
        isOver.withUnsafeMutableBufferPointer { isOver in
            seeds.withUnsafeMutableBufferPointer { seeds in
                finalInfos.withUnsafeMutableBufferPointer { finalInfos in
                    let rows = Rows(isOver: isOver, seeds: seeds, finalInfos: finalInfos)
                    let body: (Int) -> Void = { self.step($0, actions, buffers, rows) }
                    if let team {
                        team.forEach(in: 0..<environments.count, body)
                    } else {
                        environments.indices.forEach(body)
                    }
                }
            }
        }
    }

    public func info(at index: Int) -> [Value.Entry] { environments[index].info }
    public func finalInfo(at index: Int) -> [Value.Entry]? { finalInfos[index] }
    public func render(at index: Int, mode: String) -> RenderedFrame? { environments[index].render(mode: mode) }
    public func use(_ team: ThreadTeam) { self.team = team }
    public func close() {}

    private struct Rows {
        let isOver: UnsafeMutableBufferPointer<Bool>
        let seeds: UnsafeMutableBufferPointer<EpisodeSeeds>
        let finalInfos: UnsafeMutableBufferPointer<[Value.Entry]?>
    }

    private func step(_ index: Int, _ actions: UnsafeRawBufferPointer, _ buffers: RowBuffers, _ rows: Rows) {
        let environment = environments[index]
        let observation = buffers.observation(at: index)
        var transition = Transition(reward: 0, terminated: false, truncated: false)
        if rows.isOver[index] {
            environment.begin(seed: nil, from: &rows.seeds[index], observation: observation)
            rows.isOver[index] = false
        } else {
            let action = UnsafeRawBufferPointer(
                rebasing: actions[index * actionByteCount..<(index + 1) * actionByteCount])
            transition = environment.step(action: action, observation: observation)
            if transition.isLast, autoresetMode == .sameStep {
                buffers.finalObservation(at: index).copyMemory(from: UnsafeRawBufferPointer(observation))
                buffers.finalMask[index] = true
                if infoDetail != .none { rows.finalInfos[index] = environment.info }
                environment.begin(seed: nil, from: &rows.seeds[index], observation: observation)
            } else {
                rows.isOver[index] = transition.isLast
            }
        }
        if actionMaskCount > 0 { environment.writeActionMask(to: buffers.actionMask(at: index)) }
        buffers.rewards[index] = transition.reward
        buffers.terminations[index] = transition.terminated
        buffers.truncations[index] = transition.truncated
    }

    private func clearFinal(_ buffers: RowBuffers) {
        guard autoresetMode == .sameStep else { return }
        for index in environments.indices where buffers.finalMask[index] {
            buffers.finalMask[index] = false
            buffers.finalObservation(at: index).initializeMemory(as: UInt8.self, repeating: 0)
            finalInfos[index] = nil
        }
    }
}
