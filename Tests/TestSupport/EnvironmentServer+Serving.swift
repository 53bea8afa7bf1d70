public import EnvironmentServer
public import Logging

extension Logger {
    /// One that says nothing of what tests do on purpose.
    public static var silent: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }
}

extension EnvironmentServer {
    /// Serves while `body` runs, then stops.
    public nonisolated(nonsending) func whileServing<Result: Sendable>(
        _ body: nonisolated(nonsending) (_ endpoint: String) async throws -> Result
    ) async throws -> Result {
        let running = Task { try await run() }
        do {
            let result = try await body(try await waitUntilBound())
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
