import EnvironmentServer
import Gymnasium
import Logging
import TestSupport

/// How a test's server differs from an ordinary one.
struct TestServer {
    var log = EnvironmentLog()
    /// nil: counters.
    var registry: EnvironmentRegistry?
    var recorder: MemoryRecorder?
    /// Beside the recorder.
    var observers: [any EpisodeObserver] = []
    /// nil: nothing is logged.
    var logger: Logger?
    var configuration: EnvironmentServerConfiguration = {
        var configuration = EnvironmentServerConfiguration()
        configuration.endpoint = "tcp://127.0.0.1:0"
        return configuration
    }()

    /// The server, not running.
    func make() -> EnvironmentServer {
        EnvironmentServer(
            configuration: configuration, registry: registry ?? CounterEnvironment.registry(log),
            observers: (recorder.map { [$0] } ?? []) + observers, logger: logger ?? .silent)
    }

    /// Serves while `body` runs, then stops.
    nonisolated(nonsending) func serve<Result: Sendable>(
        _ body: nonisolated(nonsending) (_ endpoint: String) async throws -> Result
    ) async throws -> Result {
        try await make().whileServing(body)
    }
}
