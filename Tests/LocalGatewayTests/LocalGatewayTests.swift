import Curl
import Foundation
import LocalGateway
import Logging
import ServiceLifecycle
import TestSupport
import Testing

@Suite("The gateway's life", .serialized)
struct LocalGatewayTests {
    private func pids(_ count: Int, _ gateway: TestGateway, _ name: String) async throws -> Set<Int32> {
        try await withThrowingTaskGroup(of: Int32?.self) { group in
            for _ in 0..<count { group.addTask { try await gateway.call(name, #"{"ms":300}"#).answer?.pid } }
            return try await group.reduce(into: []) { if let pid = $1 { $0.insert(pid) } }
        }
    }

    @Test(
        "cancelled or shut down, it ends at once, with its calls and every process", arguments: [true, false])
    func ending(_ isGraceful: Bool) async throws {
        let gateway = TestGateway.make()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(configuration: .init(services: [gateway], logger: logger))
        let running = Task { try await group.run() }
        let client = TestGateway(url: "http://127.0.0.1:\(try await gateway.waitUntilBound())")
        try await client.start("w", replicas: 4, envVars: ["max_inflight": "1"])
        let pids = try await pids(4, client, "w")
        #expect(pids.count == 4 && pids.allSatisfy(isAlive))
        // Starting, draining and busy ones too.
        try await client.deploy("starting", envVars: ["start_delay": "1m"])
        let waiting = Task { try await client.send("POST", "/function/starting", "{}") }
        let busy = Task { try await client.send("POST", "/function/w", #"{"ms":30000}"#) }
        try await eventually("one is busy") {
            try await client.scale("w", to: 2)
            return try await client.ready("w") == 2
        }

        let start = ContinuousClock.now
        if isGraceful { await group.triggerGracefulShutdown() } else { running.cancel() }
        _ = await running.result
        #expect(ContinuousClock.now - start < .seconds(10))
        #expect(pids.filter(isAlive) == [])
        for answer in [try? await waiting.value, try? await busy.value].compactMap(\.self) {
            #expect([502, 503].contains(answer.status))
        }
        await #expect(throws: (any Error).self) { try await client.send("GET", "/healthz") }
    }

    @Test("a port that is taken is an error for who runs it and for who waits")
    func takenPort() async throws {
        try await TestGateway.run { first in
            let port = try #require(URL(string: first.url)?.port)
            let second = TestGateway.make { $0.port = port }
            let waiting = Task { try await second.waitUntilBound() }
            await #expect(throws: LocalGatewayError.self) { try await second.run() }
            await #expect(throws: LocalGatewayError.self) { try await waiting.value }
        }
    }

    @Test("other machines need a password; it runs once")
    func configurations() async throws {
        for configure in [{ $0.host = "0.0.0.0" }, { $0.password = "" }, { $0.port = 70_000 }]
            as [(inout LocalGatewayConfiguration) -> Void]
        {
            let error = await #expect(throws: LocalGatewayError.self) { try await TestGateway.make(configure).run() }
            #expect(error?.kind == .invalidConfiguration)
        }
    }

    @Test("waiting for the port can be cancelled")
    func cancelledWait() async throws {
        let gateway = TestGateway.make()
        let waiting = Task { try await gateway.waitUntilBound() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
