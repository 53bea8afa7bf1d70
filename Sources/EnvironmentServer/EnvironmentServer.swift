public import Gymnasium
import Foundation
public import Logging
public import ServiceLifecycle
import Synchronization

/// Serves environments over a ZeroMQ ROUTER socket: many sessions, one environment each.
///
/// One thread owns the socket and the table of sessions. Environments live in tasks of ``run()``, so a step that takes
/// seconds delays nobody else.
public struct EnvironmentServer: Service {
    private let configuration: EnvironmentServerConfiguration
    private let registry: EnvironmentRegistry
    private let recorder: (any EpisodeRecorder)?
    private let logger: Logger
    private let bound = BoundEndpoint()

    public init(
        configuration: EnvironmentServerConfiguration, registry: EnvironmentRegistry, recorder: (any EpisodeRecorder)? = nil,
        logger: Logger
    ) {
        self.configuration = configuration
        self.registry = registry
        self.recorder = recorder
        self.logger = logger
    }

    /// The endpoint with its real port, once the server listens.
    ///
    /// - Throws: why it could not listen.
    public func waitUntilBound() async throws -> String {
        try await bound.wait()
    }

    /// Serves until graceful shutdown or cancellation; then all environments are closed.
    ///
    /// - Throws: ``EndpointRefused``, or ZeroMQ's error when the endpoint cannot be had.
    public func run() async throws {
        let (jobs, submit) = AsyncStream<@Sendable () async -> Void>.makeStream()
        let router: Router
        do {
            try configuration.checkEndpoint()
            router = try Router(
                configuration: configuration, registry: registry, recorder: recorder, logger: logger, submit: submit)
        } catch {
            bound.fail(error)
            throw error
        }
        let thread = Thread { router.run(bound: bound) }
        thread.name = "router"
        thread.start()
        // The thread ends the stream of jobs when it stops; the group then waits for what still runs.
        await withTaskCancellationOrGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for await job in jobs { group.addTask { await job() } }
            }
        } onCancelOrGracefulShutdown: {
            router.stop()
        }
        _ = try await bound.wait()
    }
}

/// The endpoint that is known once the socket is bound.
final class BoundEndpoint: Sendable {
    private struct State {
        var result: Result<String, any Error>?
        var waiting: [CheckedContinuation<String, any Error>] = []
    }

    private let state = Mutex(State())

    func wait() async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            let known = state.withLock { state in
                if state.result == nil { state.waiting.append(continuation) }
                return state.result
            }
            if let known { continuation.resume(with: known) }
        }
    }

    func succeed(_ endpoint: String) { finish(.success(endpoint)) }

    func fail(_ error: any Error) { finish(.failure(error)) }

    private func finish(_ result: Result<String, any Error>) {
        let waiting = state.withLock { state in
            guard state.result == nil else { return [CheckedContinuation<String, any Error>]() }
            state.result = result
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(with: result) }
    }
}
