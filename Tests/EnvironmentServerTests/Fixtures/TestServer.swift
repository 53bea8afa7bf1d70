import EnvironmentServer
import Gymnasium
import Logging

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
        var silent = Logger(label: "test")
        silent.logLevel = .critical
        return EnvironmentServer(
            configuration: configuration, registry: registry ?? CounterEnvironment.registry(log),
            observers: (recorder.map { [$0] } ?? []) + observers, logger: logger ?? silent)
    }

    /// Serves while `body` runs, then stops.
    nonisolated(nonsending) func serve<Result: Sendable>(
        _ body: nonisolated(nonsending) (_ endpoint: String) async throws -> Result
    ) async throws -> Result {
        let server = make()
        let running = Task { try await server.run() }
        do {
            let endpoint = try await server.waitUntilBound()
            let result = try await body(endpoint)
            running.cancel()
            try await running.value
            return result
        } catch {
            running.cancel()
            _ = await running.result
            throw error
        }
    }
}

struct TimeOut: Error, CustomStringConvertible {
    let description: String
}

/// Waits until `condition` holds.
func eventually(
    _ what: String, within limit: Duration = .seconds(20), _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while !(try await condition()) {
        guard ContinuousClock.now < end else { throw TimeOut(description: "not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(2))
    }
}
