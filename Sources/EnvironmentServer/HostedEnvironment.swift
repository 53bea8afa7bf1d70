import EnvironmentProtocol
import Gymnasium
import Logging
import Randomness
import Synchronization

/// The environment of one session, and its recording. The router sees to it that calls come one at a time.
actor HostedEnvironment {
    /// What a call came to.
    struct Outcome: Sendable {
        var kind: WireReply.OneOf_Kind
        /// nil leaves it.
        var state: SessionState?
        /// After make.
        var actionSpace: Space?
        var wasCancelled = false
    }

    private struct Running {
        var task: Task<Outcome, Never>?
        var isCancelled = false
    }

    /// Of these two, a session has one.
    private var environment: (any AsyncEnvironment)?
    private var vector: VectorHost?
    private var environmentID = ""
    private var renderMode = ""
    private let recording: EpisodeRecording
    private let logger: Logger
    private let running = Mutex(Running())

    init(recorder: (any EpisodeRecorder)?, logger: Logger) {
        recording = EpisodeRecording(recorder: recorder, logger: logger)
        self.logger = logger
    }

    /// Runs a call so that ``cancel()`` can end it.
    nonisolated func perform(
        _ call: @escaping @Sendable (isolated HostedEnvironment) async throws -> Outcome
    ) async -> Outcome {
        // A task of its own, because only this call is cancelled, and not the close that follows it.
        let task = Task { await self.guarded(call) }
        let isCancelled = running.withLock { running in
            running.task = task
            return running.isCancelled
        }
        if isCancelled { task.cancel() }
        let outcome = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        running.withLock { $0.task = nil }
        return outcome
    }

    /// For the end of the session: makes the call under way, and one that has not begun yet, return early.
    nonisolated func cancel() {
        let task = running.withLock { running in
            running.isCancelled = true
            return running.task
        }
        task?.cancel()
    }

    private func guarded(_ call: @Sendable (isolated HostedEnvironment) async throws -> Outcome) async -> Outcome {
        do {
            return try await call(self)
        } catch {
            return failure(error)
        }
    }

    private func failure(_ error: any Error) -> Outcome {
        switch error {
        case let error as EnvironmentError:
            let isOver = error.reason == .crashed || error.reason == .backendUnavailable
            return Outcome(kind: .error(WireError(error)), state: isOver ? .done : nil)
        case let refusal as WireRefusal: return Outcome(kind: .error(refusal.error))
        case let error as MalformedMessage:
            return Outcome(kind: .error(WireError(.invalidArgument, .badArgument, error.description)))
        case let error as SpaceMismatch:
            return Outcome(kind: .error(WireError(.invalidArgument, .badArgument, error.description)))
        default:
            let wasCancelled = error is CancellationError
            if !wasCancelled { logger.error("an environment failed: \(error)") }
            let crash = WireError(
                .internal, .envCrashed, "the environment failed: \(error); reset it, or make it again")
            return Outcome(kind: .error(crash), state: .done, wasCancelled: wasCancelled)
        }
    }

    func make(
        _ request: WireMake.Request, session: String, registry: EnvironmentRegistry, readable: Bool
    ) async throws -> Outcome {
        var arguments = EnvironmentRegistry.Arguments()
        arguments.entries = try WireEntry.entries(request.kwargs)
        arguments.renderMode = request.renderMode.isEmpty ? nil : request.renderMode
        arguments.maxEpisodeSteps = request.maxEpisodeSteps == 0 ? nil : Int(request.maxEpisodeSteps)
        environmentID = request.id
        renderMode = request.renderMode
        if request.hasNumEnvs {
            guard let mode = request.autoresetMode.mode else {
                throw EnvironmentError(
                    .badArgument(name: "autoreset_mode"), "autoreset_mode is NEXT_STEP, SAME_STEP or DISABLED")
            }
            let vector = try VectorHost(
                try await registry.makeVector(
                    request.id, arguments, count: Int(request.numEnvs), autoresetMode: mode), renderMode: renderMode)
            self.vector = vector
            return Outcome(
                kind: .make(vector.made(session: session, readable: readable)), state: .made,
                actionSpace: vector.actionSpace)
        }
        let environment = try await registry.make(request.id, arguments)
        self.environment = environment
        var reply = WireMake.Reply()
        reply.sessionID = session
        reply.spec = WireEnvSpec(environment.spec, readable: readable)
        reply.singleObservationSpace = WireSpace(environment.observationSpace)
        reply.singleActionSpace = WireSpace(environment.actionSpace)
        reply.renderMode = renderMode
        reply.expectedStepS = environment.expectedStepSeconds
        reply.expectedResetS = environment.expectedResetSeconds
        reply.kwargs = WireEntry.list(environment.arguments, readable: readable)
        return Outcome(kind: .make(reply), state: .made, actionSpace: environment.actionSpace)
    }

    func reset(_ request: WireReset.Request, readable: Bool) async throws -> Outcome {
        if let vector { return Outcome(kind: .reset(try vector.reset(request, readable: readable)), state: .ready) }
        let environment = try present()
        guard request.seeds.count <= 1 else {
            throw EnvironmentError(
                .badArgument(name: "seeds"), "a single environment takes one seed at most, got \(request.seeds.count)")
        }
        let seed = try request.seeds.first.flatMap { seed throws(MalformedMessage) in try seed.seed() }
        let options = try WireEntry.entries(request.options)
        await recording.end(.partial)
        let result: ResetResult
        do {
            result = try await environment.reset(seed: seed, options: options)
        } catch {
            // The last episode has ended, and no other has begun.
            var outcome = failure(error)
            outcome.state = .done
            return outcome
        }
        await recording.begin(
            EpisodeStart(
                environmentID: environmentID, arguments: environment.arguments, scenarioText: environment.scenarioText,
                observationSpace: environment.observationSpace, actionSpace: environment.actionSpace,
                seed: result.seed, observation: result.observation, info: result.info))
        var reply = WireReset.Reply()
        reply.observation = WireValue(result.observation, readable: readable)
        reply.info = WireInfo(result.info, readable: readable)
        reply.npRandomSeed = [WireSeed(result.seed, readable: readable)]
        reply.episodeID = recording.episode.map { [$0] } ?? []
        return Outcome(kind: .reset(reply), state: .ready)
    }

    func step(_ action: Value, readable: Bool) async throws -> Outcome {
        if let vector { return Outcome(kind: .step(try await vector.step(action, readable: readable)), state: .ready) }
        let environment = try present()
        let result: StepResult
        do {
            result = try await environment.step(action)
        } catch {
            let outcome = failure(error)
            if outcome.state == .done { await recording.end(.partial) }
            return outcome
        }
        guard result.reward.isFinite else {
            await recording.end(.partial)
            let error = WireError(
                .internal, .nonFiniteReward, "the environment gave the reward \(result.reward); its episode is over")
            return Outcome(kind: .error(error), state: .done)
        }
        await recording.record(action, result)
        var reply = WireStep.Reply()
        reply.observation = WireValue(result.observation, readable: readable)
        reply.reward = result.reward
        reply.terminated = result.terminated
        reply.truncated = result.truncated
        reply.info = WireInfo(result.info, readable: readable)
        if let mask = result.info.first(where: { $0.key == "action_mask" }) {
            reply.actionMask = WireValue(mask.value, readable: readable)
        }
        return Outcome(kind: .step(reply), state: result.terminated || result.truncated ? .done : .ready)
    }

    func render(_ request: WireRender.Request, readable: Bool) async throws -> Outcome {
        if let vector { return Outcome(kind: .render(try vector.render(request.indices, readable: readable))) }
        let environment = try present()
        guard !renderMode.isEmpty else {
            throw EnvironmentError(
                .unsupported, "the environment was made without a render_mode; make it with one to render")
        }
        var reply = WireRender.Reply()
        switch try await environment.render(mode: renderMode) {
        case .text(let text): reply.text = [text]
        case .image(let image): reply.frames = [WireArray(image, readable: readable)]
        }
        return Outcome(kind: .render(reply))
    }

    /// Gives the environment back; an episode under way is partial. Not while a call runs, nor under cancellation.
    func close() async {
        await recording.end(.partial)
        let closing = environment
        environment = nil
        vector?.close()
        vector = nil
        await closing?.close()
    }

    private func present() throws(EnvironmentError) -> any AsyncEnvironment {
        guard let environment else { throw EnvironmentError(.crashed, "the session has no environment; make again") }
        return environment
    }
}
