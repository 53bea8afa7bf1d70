public import Randomness

/// Synchronous environments as rows, stepped on the threads of a team.
///
/// Which thread steps a row makes no difference to what comes of it.
///
///     let rows = SynchronousRows([CartPole(), CartPole()], form)
///     let buffers = RowBuffers(for: rows)
///     try rows.resetNow(seeds: [Seed(1), Seed(2)], into: buffers)
public final class SynchronousRows<Environment: SynchronousEnvironment>: ImmediateRows {
    public let form: EnvironmentForm
    private let mode: AutoresetMode
    private let environments: [Environment]
    private var team: ThreadTeam?
    private let actionByteCount: Int
    /// One for each environment; each is touched by one thread at a time.
    private let rows: UnsafeMutableBufferPointer<RowState>

    /// - Parameters:
    ///   - environments: as many as the form has rows, all alike. Not to be used by anybody else.
    ///   - form: with spaces whose elements are arrays.
    ///   - team: nil steps on the caller's thread only.
    public init(_ environments: [Environment], _ form: EnvironmentForm, team: ThreadTeam? = .shared) {
        self.environments = environments
        self.form = form
        self.team = environments.count > 1 ? team : nil
        mode = form.layout.autoresetMode
        actionByteCount = form.actionSpace.arrayForm?.byteCount ?? 0
        rows = .allocate(capacity: environments.count)
        rows.initialize(repeating: RowState())
    }

    deinit {
        rows.deinitialize()
        rows.deallocate()
    }

    public var seeds: [Seed] { zip(environments, rows).map { $0.ownSeed ?? $1.seeds.current } }

    public func resetNow(
        seeds: [Seed?], mask: [Bool]?, options: [Value.Entry], into buffers: RowBuffers
    ) throws(EnvironmentError) {
        for index in 0..<environments.count where mask?[index] ?? true {
            let environment = environments[index]
            rows[index].isOver = true
            if !options.isEmpty { try environment.accept(options) }
            environment.begin(
                seed: seeds[index], from: &rows[index].seeds, observation: buffers.observation(at: index))
            if form.actionMaskCount > 0 { environment.writeActionMask(to: buffers.actionMask(at: index)) }
            buffers.put(at: index)
            rows[index].isOver = false
        }
        clearFinal(buffers)
    }

    public func stepNow(actions: UnsafeRawBufferPointer, into buffers: RowBuffers) throws(EnvironmentError) {
        if mode == .disabled {
            for index in 0..<environments.count where rows[index].isOver { throw .overEpisode(of: form, row: index) }
        }
        clearFinal(buffers)
        if let team {
            team.forEach(in: 0..<environments.count) { step($0, actions, buffers) }
        } else {
            // Indices of a generic array would be asked of its metadata, at a cost of a tenth of a quick step.
            for index in 0..<environments.count { step(index, actions, buffers) }
        }
    }

    public func info(at index: Int) -> [Value.Entry] { environments[index].info }
    public func finalInfo(at index: Int) -> [Value.Entry]? { rows[index].finalInfo }

    public func renderNow(at index: Int, mode: String) throws(EnvironmentError) -> RenderedFrame? {
        environments[index].render(mode: mode)
    }

    public func use(_ team: ThreadTeam) { self.team = team }
    public func closeNow() {}

    private func step(_ index: Int, _ actions: UnsafeRawBufferPointer, _ buffers: RowBuffers) {
        let environment = environments[index]
        let observation = buffers.observation(at: index)
        var transition = Transition(reward: 0, terminated: false, truncated: false)
        if rows[index].isOver {
            environment.begin(seed: nil, from: &rows[index].seeds, observation: observation)
            rows[index].isOver = false
        } else {
            let action = UnsafeRawBufferPointer(
                rebasing: actions[index * actionByteCount..<(index + 1) * actionByteCount])
            transition = environment.step(action: action, observation: observation)
            if transition.isLast, mode == .sameStep {
                buffers.finalObservation(at: index).copyMemory(from: UnsafeRawBufferPointer(observation))
                buffers.finalMask[index] = true
                if form.infoDetail != .none { rows[index].finalInfo = environment.info }
                environment.begin(seed: nil, from: &rows[index].seeds, observation: observation)
            } else {
                rows[index].isOver = transition.isLast
            }
        }
        if form.actionMaskCount > 0 { environment.writeActionMask(to: buffers.actionMask(at: index)) }
        buffers.put(
            reward: transition.reward, terminated: transition.terminated, truncated: transition.truncated, at: index)
    }

    private func clearFinal(_ buffers: RowBuffers) {
        if mode == .sameStep { buffers.clearFinals { rows[$0].finalInfo = nil } }
    }
}

/// Apart from the class, since what is within a generic type is not specialised.
private struct RowState {
    var isOver = false
    var seeds = EpisodeSeeds()
    var finalInfo: [Value.Entry]?
}

extension EnvironmentError {
    /// What a step says where an episode is over that nobody has reset.
    public static func overEpisode(of form: EnvironmentForm, row: Int) -> EnvironmentError {
        form.layout.isVector
            ? EnvironmentError(
                .resetNeeded,
                "the episode of sub-environment \(row) is over; reset it with a mask before the next step", row: row)
            : EnvironmentError(.resetNeeded, "\(form.spec.id) has no episode under way; reset it first")
    }
}
