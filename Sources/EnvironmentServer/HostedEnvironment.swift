import EnvironmentProtocol
import Gymnasium
import Logging
import Sessions
import Synchronization

/// The environment of one session, and who listens to it. The session's rules see to it that calls come one at a time.
///
/// It makes and closes whatever a session has; calls come here where they may take their time. Those that return at once go
/// through the ``Stepper`` that make hands out.
actor HostedEnvironment {
    private struct Running {
        var task: Task<Outcome, Never>?
        var isCancelled = false
    }

    private var host: RowsHost?
    private let observers: [any EpisodeObserver]
    private let memory: SessionMemory
    private let encoder: ReplyEncoder
    private let running = Mutex(Running())

    init(observers: [any EpisodeObserver], memory: SessionMemory, encoder: ReplyEncoder) {
        self.observers = observers
        self.memory = memory
        self.encoder = encoder
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
            return Outcome(failure: error, logger: encoder.logger)
        }
    }

    func make(
        _ request: WireMake.Request, session: String, registry: EnvironmentRegistry, user: String? = nil
    ) async throws -> Outcome {
        var arguments = EnvironmentRegistry.Arguments()
        arguments.entries = try WireEntry.entries(request.kwargs)
        arguments.renderMode = request.renderMode.isEmpty ? nil : request.renderMode
        arguments.user = user
        arguments.maxEpisodeSteps = request.maxEpisodeSteps == 0 ? nil : Int(request.maxEpisodeSteps)
        let layout = try request.layout()
        if layout.count > HostedEnvironment.few, case .vector(_, let mode) = layout {
            // One of them tells what many would take, before they take it.
            let example = try await registry.make(request.id, arguments, .vector(count: 1, mode))
            let form = example.form
            await example.close()
            try memory.check(form, count: layout.count)
        }
        let rows = try await registry.make(request.id, arguments, layout)
        do {
            if layout.isVector { try memory.check(rows.form, count: layout.count) }
            let host = try RowsHost(
                rows, listeners: listeners(to: ObservedEnvironment(rows, maxEpisodeSteps: arguments.maxEpisodeSteps)),
                renderMode: request.renderMode, logger: encoder.logger)
            self.host = host
            let stepper = host.isImmediate ? Stepper(host, encoder: encoder) : nil
            return Outcome(.make(host.made(session: session)), made: Outcome.Made(stepper: stepper))
        } catch {
            await rows.close()
            throw error
        }
    }

    /// So few environments are made before it is known what they take.
    private static let few = 16

    private func listeners(to environment: ObservedEnvironment) -> [any EpisodeListener] {
        observers.compactMap { [logger = encoder.logger] observer in
            observer.listener(to: environment) { error in
                logger.error("recording has stopped; the episodes go on unrecorded: \(error)")
            }
        }
    }

    /// A reset, step or render.
    func call(_ request: WireRequest.OneOf_Kind, _ encoding: MessageEncoding) async throws -> Outcome {
        guard let host else { throw EnvironmentError(.crashed, "the session has no environment; make again") }
        return await host.answer(request, encoding)
    }

    /// Gives the environment back; an episode under way is partial. Not while a call runs, nor under cancellation.
    func close() async {
        let closing = host
        host = nil
        await closing?.close()
    }
}

extension WireMake.Request {
    fileprivate func layout() throws(EnvironmentError) -> RowLayout {
        guard hasNumEnvs else { return .single }
        guard let mode = autoresetMode.mode else {
            throw EnvironmentError(
                .badArgument(name: "autoreset_mode"), "autoreset_mode is NEXT_STEP, SAME_STEP or DISABLED")
        }
        return .vector(count: Int(numEnvs), mode)
    }
}
