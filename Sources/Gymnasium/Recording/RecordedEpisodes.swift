import Randomness
import Synchronization

/// Gives the episodes of rows to a recorder, which is waited for: what an agent was answered is durable then.
///
/// A failure stops the recording of an episode; the next one is tried anew.
public final class RecordedEpisodes: EpisodeListener {
    private let recorder: any EpisodeRecorder
    private let environment: ObservedEnvironment
    private let onFailure: @Sendable (any Error) -> Void
    private let state: Mutex<State>

    fileprivate struct State {
        /// By row, in the order in which it was told.
        var told: [(row: Int, what: Told)] = []
        var rows: [Row]
        var hasFailed = false
    }

    fileprivate struct Row {
        /// nil where none is under way that is recorded.
        var episode: String?
        var steps = 0
        var isOver = false
    }

    fileprivate enum Told {
        case begin(EpisodeStart)
        case step(EpisodeStep)
        case end(EpisodeStatus)
    }

    public init(
        _ recorder: any EpisodeRecorder, _ environment: ObservedEnvironment,
        onFailure: @escaping @Sendable (any Error) -> Void
    ) {
        self.recorder = recorder
        self.environment = environment
        self.onFailure = onFailure
        state = Mutex(State(rows: Array(repeating: Row(), count: environment.form.count)))
    }

    public var isAwaited: Bool { true }

    public var episode: String? { state.withLock { $0.rows[0].episode } }

    public func begin(_ reset: ObservedReset) {
        state.withLock { state in
            for index in state.rows.indices where reset.mask?[index] ?? true {
                state.told.append((index, .end(.partial)))
                let start = EpisodeStart(
                    environment, seed: reset.seeds[index],
                    observation: reset.buffers.observation(of: reset.form, at: index), info: reset.infos[index] ?? [],
                    options: reset.options)
                state.begin(index, start)
            }
        }
    }

    public func step(_ step: ObservedStep) {
        state.withLock { state in
            for index in state.rows.indices { take(step, index, &state) }
        }
    }

    public func end() {
        state.withLock { state in
            for index in state.rows.indices { state.told.append((index, .end(.partial))) }
        }
    }

    public nonisolated(nonsending) func commit() async {
        let told = state.withLock { state in
            defer { state.told = [] }
            return state.told
        }
        for (index, what) in told { await carryOut(what, of: index) }
    }

    private func take(_ step: ObservedStep, _ index: Int, _ state: inout State) {
        let (terminated, truncated) = (step.buffers.terminations[index], step.buffers.truncations[index])
        let mode = step.form.layout.autoresetMode
        let isReset = (terminated || truncated) && mode == .sameStep
        func begin() {
            guard step.seeds.count == state.rows.count else { return }
            let observation = step.buffers.observation(of: step.form, at: index)
            state.begin(
                index,
                EpisodeStart(
                    environment, seed: step.seeds[index], observation: observation, info: step.infos[index] ?? []))
        }
        if state.rows[index].isOver {
            // In this mode the step after an episode's last one is the next one's reset.
            if mode == .nextStep { begin() }
            return
        }
        state.rows[index].steps += 1
        let observation =
            isReset ? step.finalObservation(at: index) : step.buffers.observation(of: step.form, at: index)
        let result = StepResult(
            observation: observation, reward: step.buffers.rewards[index], terminated: terminated, truncated: truncated,
            info: (isReset ? step.finalInfos[index] : step.infos[index]) ?? [], events: step.events[index])
        let recorded = EpisodeStep(index: state.rows[index].steps, action: step.action(at: index), result: result)
        state.told.append((index, .step(recorded)))
        guard terminated || truncated else { return }
        state.rows[index].isOver = true
        state.told.append((index, .end(terminated ? .terminated : .truncated)))
        if isReset { begin() }
    }

    private nonisolated(nonsending) func carryOut(_ told: Told, of index: Int) async {
        let episode = state.withLock { $0.rows[index].episode }
        do {
            switch told {
            case .begin(let start):
                let begun = try await recorder.begin(start)
                state.withLock { $0.rows[index].episode = begun }
            case .step(let step):
                if let episode { try await recorder.record(step, of: episode) }
            case .end(let status):
                guard let episode else { return }
                try await recorder.end(episode, status)
                state.withLock { $0.rows[index].episode = nil }
            }
        } catch {
            // The session is being closed: closing ends the episode, and is not cancelled.
            if error is CancellationError { return }
            let isFirst = state.withLock { state in
                defer { state.hasFailed = true }
                state.rows[index].episode = nil
                return !state.hasFailed
            }
            if isFirst { onFailure(error) }
            // What is there of it should not look as if it still ran.
            if case .step = told, let episode { try? await recorder.end(episode, .partial) }
        }
    }
}

extension RecordedEpisodes.State {
    fileprivate mutating func begin(_ index: Int, _ start: EpisodeStart) {
        rows[index].steps = 0
        rows[index].isOver = false
        told.append((index, .begin(start)))
    }
}
