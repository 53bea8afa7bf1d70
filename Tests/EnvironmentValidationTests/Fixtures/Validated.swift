import EnvironmentClient
import EnvironmentServer
import EnvironmentValidation
import Foundation
import Gymnasium
import Logging

/// A server to be tried, with or without a fault.
struct Validated {
    var fault: FaultyServer.Fault?
    var registry = NumbersEnvironment.registry()
    var idleTimeout = Duration.seconds(300)
    var endpoint = "tcp://127.0.0.1:0"
    /// The server's.
    var curve: CurveConfiguration?
    /// The suite's.
    var keys: ClientKeys?
    /// Seconds; nil: more than a busy machine needs, and less where a fault may be that nothing is answered.
    var patience: Double?

    /// Serves while the suite runs on a thread of its own, because it waits.
    func report(only isChosen: @escaping @Sendable (String) -> Bool = { _ in true }) async throws -> ValidationReport {
        var configuration = EnvironmentServerConfiguration()
        configuration.endpoint = endpoint
        configuration.curve = curve
        configuration.idleTimeout = idleTimeout
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let server = EnvironmentServer(configuration: configuration, registry: registry, logger: logger)
        let running = Task { try await server.run() }
        let line = fault.map { FaultyServer($0) }
        let result: Result<ValidationReport, any Error>
        do {
            let endpoint = try await server.waitUntilBound()
            let place = try line?.start(before: endpoint) ?? endpoint
            result = await withCheckedContinuation { continuation in
                let thread = Thread {
                    continuation.resume(
                        returning: Result { () throws -> ValidationReport in
                            var validation = Validation(endpoint: place)
                            validation.keys = keys
                            validation.patienceSeconds = patience ?? (fault == nil ? 30 : 3)
                            return try validation.run(only: isChosen)
                        })
                }
                thread.start()
            }
            line?.stop()
        } catch {
            running.cancel()
            throw error
        }
        running.cancel()
        _ = await running.result
        return try result.get()
    }
}
