import EnvironmentProtocol
import Gymnasium
import Logging
import Synchronization

/// The environment of one session, and its recording. Calls come one at a time.
actor HostedEnvironment {
    /// What a call came to.
    struct Outcome: Sendable {
        var kind: WireReply.OneOf_Kind
        var state: SessionState?
        /// The spaces, after make.
        var actionSpace: Space?
    }

    private var environment: (any AsyncEnvironment)?
    private let recorder: (any EpisodeRecorder)?
    private let logger: Logger
    private var environmentID = ""
    private var renderMode = ""
    private var episode: String?
    private var stepIndex = 0
    private let running = Mutex<Task<Outcome, Never>?>(nil)

    init(recorder: (any EpisodeRecorder)?, logger: Logger) {
        self.recorder = recorder
        self.logger = logger
    }

    /// Runs a call so that `cancel` can end it.
    nonisolated func perform(_ call: @escaping @Sendable (isolated HostedEnvironment) async throws -> Outcome) async -> Outcome {
        let task = Task { await self.guarded(call) }
        running.withLock { $0 = task }
        let outcome = await withTaskCancellationHandler { await task.value } onCancel: { task.cancel() }
        running.withLock { $0 = nil }
        return outcome
    }

    /// Makes the call under way return early.
    nonisolated func cancel() {
        running.withLock { $0 }?.cancel()
    }

    private func guarded(_ call: @Sendable (isolated HostedEnvironment) async throws -> Outcome) async -> Outcome {
        do {
            return try await call(self)
        } catch let error as EnvironmentError {
            return Outcome(kind: .error(WireError(error)), state: nil)
        } catch let error as MalformedMessage {
            return Outcome(kind: .error(WireError(.invalidArgument, .badArgument, error.description)), state: nil)
        } catch let error as SpaceMismatch {
            return Outcome(kind: .error(WireError(.invalidArgument, .badArgument, error.description)), state: nil)
        } catch is CancellationError {
            return Outcome(
                kind: .error(WireError(.unavailable, .serverStopping, "the session was closed while the request ran")), state: nil)
        } catch {
            logger.error("an environment failed: \(error)")
            return Outcome(kind: .error(WireError(.internal, .envCrashed, "the environment failed: \(error)")), state: nil)
        }
    }

    func make(_ request: WireMake.Request, session: String, registry: EnvironmentRegistry, readable: Bool) async throws -> Outcome {
        var arguments = EnvironmentRegistry.Arguments()
        arguments.entries = try WireEntry.entries(request.kwargs)
        arguments.renderMode = request.renderMode.isEmpty ? nil : request.renderMode
        arguments.maxEpisodeSteps = request.maxEpisodeSteps == 0 ? nil : Int(request.maxEpisodeSteps)
        let environment = try await registry.make(request.id, arguments)
        self.environment = environment
        environmentID = request.id
        renderMode = request.renderMode
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
        guard let environment else { throw EnvironmentError(.crashed, "the session has no environment") }
        guard request.seeds.count <= 1 else {
            throw EnvironmentError(
                .badArgument(name: "seeds"), "a single environment takes one seed at most, got \(request.seeds.count)")
        }
        let seed = try request.seeds.first.flatMap { seed throws(MalformedMessage) in try seed.seed() }
        let options = try WireEntry.entries(request.options)
        await endEpisode(.partial)
        let result = try await environment.reset(seed: seed, options: options)
        stepIndex = 0
        if let recorder {
            let start = EpisodeStart(
                environmentID: environmentID, arguments: environment.arguments, scenarioText: environment.scenarioText,
                observationSpace: environment.observationSpace, actionSpace: environment.actionSpace, seed: result.seed,
                observation: result.observation, info: result.info)
            await recording("begin") { episode = try await recorder.begin(start) }
        }
        var reply = WireReset.Reply()
        reply.observation = WireValue(result.observation, readable: readable)
        reply.info = WireInfo(result.info, readable: readable)
        reply.npRandomSeed = [WireSeed(result.seed, readable: readable)]
        reply.episodeID = episode.map { [$0] } ?? []
        return Outcome(kind: .reset(reply), state: .ready)
    }

    func step(_ action: Value, readable: Bool) async throws -> Outcome {
        guard let environment else { throw EnvironmentError(.crashed, "the session has no environment") }
        let result = try await environment.step(action)
        guard result.reward.isFinite else {
            return Outcome(
                kind: .error(WireError(.internal, .nonFiniteReward, "the environment gave the reward \(result.reward)")), state: nil)
        }
        stepIndex += 1
        if let recorder, let episode {
            let step = EpisodeStep(index: stepIndex, action: action, result: result)
            await recording("record a step") { try await recorder.record(step, of: episode) }
        }
        let isOver = result.terminated || result.truncated
        if isOver { await endEpisode(result.terminated ? .terminated : .truncated) }
        var reply = WireStep.Reply()
        reply.observation = WireValue(result.observation, readable: readable)
        reply.reward = result.reward
        reply.terminated = result.terminated
        reply.truncated = result.truncated
        reply.info = WireInfo(result.info, readable: readable)
        if let mask = result.info.first(where: { $0.key == "action_mask" }) {
            reply.actionMask = WireValue(mask.value, readable: readable)
        }
        return Outcome(kind: .step(reply), state: isOver ? .done : .ready)
    }

    func render(readable: Bool) async throws -> Outcome {
        guard let environment else { throw EnvironmentError(.crashed, "the session has no environment") }
        guard !renderMode.isEmpty else {
            throw EnvironmentError(.unsupported, "the environment was made without a render_mode; make it with one to render")
        }
        var reply = WireRender.Reply()
        switch try await environment.render(mode: renderMode) {
        case .text(let text): reply.text = [text]
        case .image(let image): reply.frames = [WireArray(image, readable: readable)]
        }
        return Outcome(kind: .render(reply), state: nil)
    }

    /// Gives the environment back, once the call under way has returned; an episode under way is partial.
    func close() async {
        if let task = running.withLock({ $0 }) { _ = await task.value }
        await endEpisode(.partial)
        let closing = environment
        environment = nil
        await closing?.close()
    }

    private func endEpisode(_ status: EpisodeStatus) async {
        guard let recorder, let ending = episode else { return }
        episode = nil
        await recording("end") { try await recorder.end(ending, status) }
    }

    /// A recording that fails is given up for this episode; the episode goes on.
    private func recording(_ what: String, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            episode = nil
            logger.error("could not \(what) in the recording, which stops for this episode: \(error)")
        }
    }
}
