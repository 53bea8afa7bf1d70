import EnvironmentClient
import EnvironmentServer
import Foundation
import Gymnasium
import Logging
import TestSupport
import Testing
import ZeroMQ

/// A server of counting environments, and what lies between it and its client.
struct Served {
    var hasVectors = true
    var line: Line?
    /// The server's keys.
    var curve: CurveConfiguration?
    /// Where the server listens.
    var place = "tcp://127.0.0.1:0"
    /// For a server and clients within this process.
    var context: ZeroMQContext?
    /// What the server says that a step takes.
    var expectedStepSeconds = 0.01
    let steps = StepCount()

    /// Serves while `body` runs on a thread of its own, because a remote vector's caller waits.
    func callAsFunction(_ body: @escaping @Sendable (ClientConfiguration) throws -> Void) async throws {
        try await withServer { endpoint in
            let place = try line?.start(to: endpoint) ?? endpoint
            defer { line?.stop() }
            var client = Served.client(place)
            client.context = context
            try await onThread { [client] in try body(client) }
        }
    }

    /// Serves while `body` runs.
    func withServer(_ body: nonisolated(nonsending) (_ endpoint: String) async throws -> Void) async throws {
        var configuration = EnvironmentServerConfiguration()
        configuration.endpoint = place
        configuration.context = context
        configuration.curve = curve
        let server = EnvironmentServer(
            configuration: configuration,
            registry: CountingEnvironment.registry(
                steps, hasVectors: hasVectors, expectedStepSeconds: expectedStepSeconds),
            logger: .silent)
        try await server.whileServing(body)
    }

    /// Patient with a busy machine, and quick to ask again.
    static func client(_ endpoint: String) -> ClientConfiguration {
        var configuration = ClientConfiguration(endpoint)
        configuration.patienceSeconds = 60
        configuration.retrySeconds = 0.1
        return configuration
    }
}

extension RemoteMake {
    static func counting(
        _ count: Int, _ mode: AutoresetMode = .nextStep, info: InfoDetail = .full, renderMode: String? = nil
    ) -> RemoteMake {
        RemoteMake(
            CountingEnvironment.id, count: count, autoresetMode: mode,
            arguments: [.init("info", .text(info.rawValue))], renderMode: renderMode)
    }
}
