import Foundation
public import Gymnasium
public import Logging
import Promises
public import ServiceLifecycle

/// Serves environments over a ZeroMQ ROUTER socket: many sessions, one environment each.
///
/// One thread owns the socket and the table of sessions. Environments live in tasks of ``run()``, so a step that takes
/// seconds delays nobody else.
public struct EnvironmentServer: Service {
    private let configuration: EnvironmentServerConfiguration
    private let registry: EnvironmentRegistry
    private let recorder: (any EpisodeRecorder)?
    private let logger: Logger
    private let bound = Promise<String>()

    /// - Parameters:
    ///   - registry: what can be made.
    ///   - recorder: keeps the episodes of sessions that do not decline; nil keeps none.
    public init(
        configuration: EnvironmentServerConfiguration, registry: EnvironmentRegistry,
        recorder: (any EpisodeRecorder)? = nil, logger: Logger
    ) {
        self.configuration = configuration
        self.registry = registry
        self.recorder = recorder
        self.logger = logger
    }

    /// The endpoint with its real port, once the server listens.
    ///
    /// - Throws: why it could not listen, or `CancellationError`.
    public func waitUntilBound() async throws -> String {
        try await bound.wait()
    }

    /// Serves until graceful shutdown or cancellation; then all environments are closed, within the configuration's
    /// `closeTimeout`.
    ///
    /// - Throws: ``EndpointRefused``, or ZeroMQ's error when the endpoint cannot be had.
    public func run() async throws {
        let (jobs, submit) = AsyncStream<Router.Job>.makeStream()
        let router: Router
        do {
            try configuration.checkEndpoint()
            router = try Router(
                configuration: configuration, registry: registry, recorder: recorder, logger: logger, submit: submit)
        } catch {
            bound.finish(.failure(error))
            throw error
        }
        // Not a child of this task: its cancellation must not reach environments before they are closed. It ends with
        // the router's thread, which ends the stream of jobs.
        let hosting = Task {
            await withDiscardingTaskGroup { group in
                for await job in jobs { group.addTask { await job() } }
            }
        }
        await withTaskCancellationOrGracefulShutdownHandler {
            await withCheckedContinuation { (ended: CheckedContinuation<Void, Never>) in
                let thread = Thread { [bound] in
                    router.run(bound: bound)
                    ended.resume()
                }
                thread.name = "router"
                thread.start()
            }
        } onCancelOrGracefulShutdown: {
            router.stop()
        }
        // What does not close in time is left behind, not waited for.
        hosting.cancel()
        _ = try await bound.wait()
    }
}
