import Foundation
public import Gymnasium
public import Logging
import Promises
public import ServiceLifecycle

/// Serves environments over a ZeroMQ ROUTER socket: many sessions, one environment each.
///
/// One thread owns the socket and the table of sessions. Environments live in tasks of ``run()``, so a step that takes
/// seconds delays nobody else.
///
///     let server = EnvironmentServer(
///         configuration: EnvironmentServerConfiguration(), registry: registry, logger: logger)
///     async let serving: Void = server.run()
///     print("listening on", try await server.waitUntilBound())
///     try await serving
public struct EnvironmentServer: Service {
    let configuration: EnvironmentServerConfiguration
    let registry: EnvironmentRegistry
    let observers: [any EpisodeObserver]
    let logger: Logger
    private let bound = Promise<String>()

    /// - Parameters:
    ///   - registry: what can be made.
    ///   - observers: listen to the episodes of sessions that do not decline to be recorded.
    public init(
        configuration: EnvironmentServerConfiguration, registry: EnvironmentRegistry,
        observers: [any EpisodeObserver] = [], logger: Logger
    ) {
        self.configuration = configuration
        self.registry = registry
        self.observers = observers
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
        let crew: Crew
        do {
            try configuration.checkEndpoint()
            crew = try Crew(encoder: ReplyEncoder(logger: logger))
        } catch {
            bound.finish(.failure(error))
            throw error
        }
        // Not a child of this task: its cancellation must not reach environments before they are closed. It ends with
        // the loop's thread.
        let hosting = Task { await crew.runTasks() }
        await withTaskCancellationOrGracefulShutdownHandler {
            await withCheckedContinuation { (ended: CheckedContinuation<Void, Never>) in
                let thread = Thread { [self] in
                    serve(by: crew)
                    crew.end()
                    ended.resume()
                }
                thread.name = "router"
                thread.start()
            }
        } onCancelOrGracefulShutdown: {
            crew.stop()
        }
        // What does not close in time is left behind, not waited for.
        hosting.cancel()
        _ = try await bound.wait()
    }

    private func serve(by crew: Crew) {
        do {
            let loop = try ServerLoop(of: self, crew: crew)
            bound.finish(.success(loop.endpoint))
            loop.run()
        } catch {
            bound.finish(.failure(error))
        }
    }
}
