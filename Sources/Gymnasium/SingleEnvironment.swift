public import Randomness

/// A single environment as values: an action in, an observation out, checked. It is for those who have one episode in hand,
/// not for speed.
///
///     let cart = SingleEnvironment(try await registry.make("faasfarm/CartPole-v1"))
///     let begun = try await cart.reset(seed: Seed(7))
///     let result = try await cart.step(1)
public final class SingleEnvironment {
    /// What is stepped.
    public let rows: any EnvironmentRows
    public let form: EnvironmentForm
    private let buffers: RowBuffers
    private var state = State.new

    private enum State {
        case new, running, over, closed
    }

    /// - Parameter rows: of which the first is stepped; there should be no more. Not to be used by anybody else.
    public init(_ rows: any EnvironmentRows) {
        self.rows = rows
        form = rows.form
        buffers = RowBuffers(for: rows)
    }

    /// Begins an episode.
    ///
    /// - Parameter seed: nil to go on with the environment's own random numbers; the result says which is in force.
    /// - Throws: ``EnvironmentError``; `resetNeeded` for a closed environment.
    public nonisolated(nonsending) func reset(
        seed: Seed? = nil, options: [Value.Entry] = []
    ) async throws -> ResetResult {
        try beginReset()
        try await rows.reset(seeds: [seed], mask: nil, options: options, into: buffers)
        return begun()
    }

    /// Takes an action.
    ///
    /// - Throws: ``EnvironmentError``: the action is none, or no episode is under way.
    public nonisolated(nonsending) func step(_ action: Value) async throws -> StepResult {
        let bytes = try bytes(of: action)
        do {
            try await rows.step(actions: bytes, into: buffers)
        } catch {
            if (error as? EnvironmentError)?.endsEpisodes ?? true { state = .over }
            throw error
        }
        return stepped()
    }

    /// What ``reset(seed:options:)`` does, of rows that are ``ImmediateRows``.
    public func resetNow(
        _ rows: any ImmediateRows, seed: Seed?, options: [Value.Entry] = []
    ) throws(EnvironmentError) -> ResetResult {
        try beginReset()
        try rows.resetNow(seeds: [seed], mask: nil, options: options, into: buffers)
        return begun()
    }

    /// What ``step(_:)`` does, of rows that are ``ImmediateRows``.
    public func stepNow(_ rows: any ImmediateRows, _ action: Value) throws(EnvironmentError) -> StepResult {
        try rows.stepNow(actions: try bytes(of: action), into: buffers)
        return stepped()
    }

    /// A picture of the state.
    ///
    /// - Throws: ``EnvironmentError`` for a mode that is none of the spec's, and before the first reset.
    public nonisolated(nonsending) func render(mode: String) async throws -> RenderedFrame {
        guard state == .running || state == .over else {
            throw EnvironmentError(
                .resetNeeded, "\(form.spec.id) has nothing to show before the first reset; reset it first")
        }
        guard let frame = try await rows.render(at: 0, mode: mode) else { throw form.noRenderMode(mode) }
        return frame
    }

    /// Gives back what the environment holds. A second time does nothing.
    public nonisolated(nonsending) func close() async {
        guard state != .closed else { return }
        state = .closed
        await rows.close()
    }

    private func beginReset() throws(EnvironmentError) {
        guard state != .closed else {
            throw EnvironmentError(.resetNeeded, "the environment \(form.spec.id) is closed; make a new one")
        }
        state = .new
    }

    private func bytes(of action: Value) throws(EnvironmentError) -> UnsafeRawBufferPointer {
        guard state == .running else { throw .overEpisode(of: form, row: 0) }
        do {
            return try buffers.put(action: try form.actionSpace.element(from: action))
        } catch let mismatch as SpaceMismatch {
            throw EnvironmentError(action: mismatch, of: form.spec.id)
        } catch {
            throw (error as? EnvironmentError) ?? EnvironmentError(.crashed, "\(error)")
        }
    }

    private func begun() -> ResetResult {
        state = .running
        return ResetResult(
            observation: buffers.observation(of: form), info: form.infoDetail == .full ? rows.info(at: 0) : [],
            seed: rows.seeds[0])
    }

    private func stepped() -> StepResult {
        let (terminated, truncated) = (buffers.terminations[0], buffers.truncations[0])
        if terminated || truncated { state = .over }
        return StepResult(
            observation: buffers.observation(of: form), reward: buffers.rewards[0], terminated: terminated,
            truncated: truncated, info: form.infoDetail.tells(isEnd: state == .over) ? rows.info(at: 0) : [],
            events: rows.events(at: 0))
    }
}

extension RowBuffers {
    /// The observation of a single environment, or of a row, as a value.
    public func observation(of form: EnvironmentForm, at index: Int = 0) -> Value {
        if let observation { return observation }
        let array = form.observationSpace.arrayForm.flatMap {
            NDArray(dtype: $0.dtype, shape: $0.shape, bytes: Array(observation(at: index)))
        }
        return .array(array ?? NDArray([Float]()))
    }
}

extension InfoDetail {
    /// Whether a step's reply has the info of a row.
    ///
    /// - Parameter isEnd: whether the step ended the row's episode, and no other has begun.
    public func tells(isEnd: Bool) -> Bool { self == .full || self == .ends && isEnd }
}

extension EnvironmentForm {
    /// What is said where a render mode is none of the spec's.
    public func noRenderMode(_ mode: String) -> EnvironmentError {
        let modes = spec.renderModes.isEmpty ? "none" : spec.renderModes.joined(separator: ", ")
        return EnvironmentError(.unsupported, "\(spec.id) has no render mode \"\(mode)\"; it has: \(modes)")
    }
}
