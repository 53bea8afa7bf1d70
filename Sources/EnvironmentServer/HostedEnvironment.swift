import EnvironmentProtocol
import Gymnasium
import Logging
import Randomness
import Sessions
import Synchronization

/// The environment of one session, and its recording. The router sees to it that calls come one at a time.
///
/// It makes and closes whatever a session has; calls come here where they may take their time. Those that return at once go
/// through the ``Stepper`` that make hands out.
actor HostedEnvironment {
    private struct Running {
        var task: Task<Outcome, Never>?
        var isCancelled = false
    }

    private var environment: (any AsyncEnvironment)?
    private var vector: VectorHost?
    private var environmentID = ""
    private var maxEpisodeSteps: Int?
    private var renderMode = ""
    private let recording: EpisodeRecording
    private let memory: SessionMemory
    private let encoder: ReplyEncoder
    private let logger: Logger
    private let running = Mutex(Running())

    init(recorder: (any EpisodeRecorder)?, memory: SessionMemory, encoder: ReplyEncoder) {
        self.memory = memory
        self.encoder = encoder
        logger = encoder.logger
        recording = EpisodeRecording(recorder: recorder, logger: logger)
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

    private func failure(_ error: any Error) -> Outcome { Outcome(failure: error, logger: logger) }

    func make(
        _ request: WireMake.Request, session: String, registry: EnvironmentRegistry, readable: Bool, user: String? = nil
    ) async throws -> Outcome {
        var arguments = EnvironmentRegistry.Arguments()
        arguments.entries = try WireEntry.entries(request.kwargs)
        arguments.renderMode = request.renderMode.isEmpty ? nil : request.renderMode
        arguments.user = user
        arguments.maxEpisodeSteps = request.maxEpisodeSteps == 0 ? nil : Int(request.maxEpisodeSteps)
        environmentID = request.id
        maxEpisodeSteps = arguments.maxEpisodeSteps
        renderMode = request.renderMode
        if request.hasNumEnvs {
            guard let mode = request.autoresetMode.mode else {
                throw EnvironmentError(
                    .badArgument(name: "autoreset_mode"), "autoreset_mode is NEXT_STEP, SAME_STEP or DISABLED")
            }
            // One of them tells what many would take, before they take it.
            let example = try await registry.makeVector(request.id, arguments, count: 1, autoresetMode: mode)
            try memory.check(example, count: Int(request.numEnvs))
            example.close()
            let made = try await registry.makeVector(
                request.id, arguments, count: Int(request.numEnvs), autoresetMode: mode)
            let vector = try VectorHost(journaled(made), renderMode: renderMode)
            self.vector = vector
            return Outcome(
                kind: .make(vector.made(session: session, readable: readable)), state: .made,
                made: Outcome.Made(stepper: Stepper(vector, mayWait: made.waits, encoder: encoder)))
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
        var stepper: Stepper?
        if let immediate = environment as? any ImmediateEnvironment {
            if let journal = recording.journal() {
                let journaled = JournaledEnvironment(immediate, journal, start: start(of: environment))
                self.environment = journaled
                stepper = Stepper(JournaledHost(journaled, renderMode: renderMode), encoder: encoder)
            } else if !recording.isOn {
                // Without a journal, what is recorded waits for its recorder.
                stepper = Stepper(SingleHost(immediate, renderMode: renderMode), encoder: encoder)
            }
        }
        return Outcome(kind: .make(reply), state: .made, made: Outcome.Made(stepper: stepper))
    }

    /// A reset, step or render.
    func call(_ request: WireRequest.OneOf_Kind, readable: Bool) async throws -> Outcome {
        switch request {
        case .reset(let reset): try await self.reset(reset, readable: readable)
        case .step(let step): try await self.step(step, readable: readable)
        case .render(let render): try await self.render(render, readable: readable)
        default: Outcome(kind: .error(.notOffered))
        }
    }

    private func reset(_ request: WireReset.Request, readable: Bool) async throws -> Outcome {
        let environment = try present()
        let seed = try request.singleSeed()
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
        var start = start(of: environment)
        start.seed = result.seed
        start.options = options
        start.observation = result.observation
        start.info = result.info
        await recording.begin(start)
        var reply = WireReset.Reply(result, readable: readable)
        reply.episodeID = recording.episode.map { [$0] } ?? []
        return Outcome(kind: .reset(reply), state: .ready)
    }

    private func step(_ request: WireStep.Request, readable: Bool) async throws -> Outcome {
        let environment = try present()
        let action = try request.action.element(of: environment.actionSpace)
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
            throw WireRefusal.nonFinite(reward: result.reward)
        }
        await recording.record(action, result)
        return Outcome(
            kind: .step(WireStep.Reply(result, readable: readable)),
            state: result.terminated || result.truncated ? .done : .ready)
    }

    private func render(_ request: WireRender.Request, readable: Bool) async throws -> Outcome {
        let environment = try present()
        let frame = try await environment.render(mode: try renderMode.checkedRenderMode())
        return Outcome(kind: .render(try WireRender.Reply(frame, readable: readable)))
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

    /// What the environment's episodes have in common. Seed, observation and info are each episode's own.
    private func start(of environment: any AsyncEnvironment) -> EpisodeStart {
        EpisodeStart(
            environmentID: environmentID, arguments: environment.arguments, scenarioText: environment.scenarioText,
            observationSpace: environment.observationSpace, actionSpace: environment.actionSpace, seed: Seed(0),
            observation: .tuple([]), info: [], maxEpisodeSteps: maxEpisodeSteps,
            isReproducible: environment is any ImmediateEnvironment && !environment.spec.nondeterministic)
    }

    /// The vector, recorded where it is to be.
    private func journaled(_ vector: any VectorEnvironment) -> any VectorEnvironment {
        let start = EpisodeStart(
            environmentID: environmentID, arguments: vector.arguments, scenarioText: vector.scenarioText,
            observationSpace: vector.singleObservationSpace, actionSpace: vector.singleActionSpace, seed: Seed(0),
            observation: .tuple([]), info: [], maxEpisodeSteps: maxEpisodeSteps,
            isReproducible: !vector.spec.nondeterministic)
        let journal = recording.journal(
            VectorStart(
                environment: start, count: vector.count, autoresetMode: vector.autoresetMode,
                actionMaskCount: vector.actionMaskCount))
        return journal.map { JournaledVector(vector, $0) } ?? vector
    }

    private func present() throws(EnvironmentError) -> any AsyncEnvironment {
        guard let environment else { throw EnvironmentError(.crashed, "the session has no environment; make again") }
        return environment
    }
}
