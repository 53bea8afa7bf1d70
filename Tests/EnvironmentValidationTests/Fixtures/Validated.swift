import EnvironmentClient
import EnvironmentServer
import EnvironmentValidation
import Foundation
import Gymnasium
import Logging
import TestSupport

/// A server to be tried, with or without a fault.
struct Validated {
    var fault: Fault?
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
        let server = EnvironmentServer(configuration: configuration, registry: registry, logger: .silent)
        return try await server.whileServing { endpoint in
            let line = fault?.line
            let place = try line?.start(to: endpoint) ?? endpoint
            defer { line?.stop() }
            var validation = Validation(endpoint: place)
            validation.keys = keys
            validation.patienceSeconds = patience ?? (fault == nil ? 30 : 3)
            return try await onThread { [validation] in try validation.run(only: isChosen) }
        }
    }
}
