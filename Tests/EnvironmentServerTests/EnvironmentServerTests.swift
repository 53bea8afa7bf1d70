import EnvironmentProtocol
import EnvironmentServer
import Foundation
import Gymnasium
import TestSupport
import Testing
import ZeroMQ

struct EnvironmentServerTests {
    @Test("An endpoint in use is an error that names it and says what to do")
    func endpointInUse() async throws {
        try await TestServer().serve { endpoint in
            var second = TestServer()
            second.configuration.endpoint = endpoint
            let server = second.make()
            let error = await #expect(throws: ZeroMQError.self) { try await server.run() }
            #expect(error?.description.contains(endpoint) == true)
            #expect(error?.description.contains("port") == true)
            await #expect(throws: ZeroMQError.self) { try await server.waitUntilBound() }
        }
    }

    @Test("An endpoint that other machines can reach is refused without permission")
    func remoteEndpoint() async throws {
        var remote = TestServer()
        remote.configuration.endpoint = "tcp://0.0.0.0:0"
        let server = remote.make()
        await #expect(throws: EndpointRefused.self) { try await server.run() }
    }

    @Test("Only this user may use an ipc socket")
    func ipc() async throws {
        let path = NSTemporaryDirectory() + "faasfarm-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var local = TestServer()
        local.configuration.endpoint = "ipc://\(path)"
        try await local.serve { endpoint in
            #expect(endpoint == "ipc://\(path)")
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let client = try TestClient(endpoint)
            #expect(try await client.ask(.greeting).hello.protocol.major == 1)
        }
    }

    @Test("A stop tells who waits, and closes environments at once, not under cancellation")
    func stopWhileStepping() async throws {
        let setup = TestServer(recorder: MemoryRecorder())
        let server = setup.make()
        let running = Task { try await server.run() }
        let endpoint = try await server.waitUntilBound()
        let busy = try TestClient(endpoint)
        try await busy.make(["delay": 60.0])
        _ = try await busy.reset()
        let idle = try TestClient(endpoint)
        try await idle.make()
        try busy.send(busy.next { $0.step.action.integer = 1 })
        try await eventually("the step runs") { setup.log.now.begunSteps == 1 }

        let stopped = ContinuousClock.now
        running.cancel()
        try await running.value
        #expect(ContinuousClock.now - stopped < .seconds(15))
        let error = try await busy.reply().error
        #expect(error.code == .unavailable)
        #expect(error.reason == .serverStopping)
        #expect(setup.log.now.closed == 2)
        #expect(setup.log.now.closedUnderCancellation == 0)
        #expect(setup.log.now.steps == 0)
        #expect(setup.recorder?.all.last == .ended("episode-0", .partial))
    }

    @Test("A stop while an environment is being made closes that too")
    func stopWhileMaking() async throws {
        let setup = TestServer()
        let server = setup.make()
        let running = Task { try await server.run() }
        let client = try TestClient(try await server.waitUntilBound())
        try client.send(.newSession(["make_delay": 0.2]))
        _ = try await client.ask(.greeting)
        running.cancel()
        try await running.value
        #expect(try await client.reply().error.reason == .serverStopping)
        #expect(setup.log.now.made == setup.log.now.closed)
    }

    @Test("An environment that does not close in time does not hold up the end")
    func stubborn() async throws {
        var setup = TestServer()
        setup.configuration.closeTimeout = .milliseconds(200)
        let server = setup.make()
        let running = Task { try await server.run() }
        let client = try TestClient(try await server.waitUntilBound())
        try await client.make(["close_delay": 60.0])
        let stopped = ContinuousClock.now
        running.cancel()
        try await running.value
        #expect(ContinuousClock.now - stopped < .seconds(15))
        #expect(setup.log.now.closed == 0)
    }

    @Test("Make, reset and close a hundred times: a session leaves nothing behind")
    func manySessions() async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            for _ in 0..<100 {
                let client = try TestClient(endpoint)
                try await client.make()
                _ = try await client.reset()
                #expect(try await client.ask { $0.close = .init() }.close.episodes == 1)
            }
            let client = try TestClient(endpoint)
            #expect(try await client.ping().ping.sessions == 0)
        }
        #expect(setup.log.now.closed == 100)
    }
}
