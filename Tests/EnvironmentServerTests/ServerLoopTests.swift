import EnvironmentProtocol
import EnvironmentServer
import Foundation
import Gymnasium
import SwiftProtobuf
import TestSupport
import Testing

struct ServerLoopTests {
    @Test("A silent session ends; whoever comes late is told so")
    func leaseExpires() async throws {
        var setup = TestServer(recorder: MemoryRecorder())
        setup.configuration.idleTimeout = .milliseconds(200)
        try await setup.serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make()
            _ = try await client.reset()
            try await eventually("the environment is closed") { setup.log.now.closed == 1 }
            let error = try await client.step().error
            #expect(error.code == .notFound)
            #expect(error.reason == .sessionExpired)
            #expect(setup.recorder?.all.last == .ended("episode-0", .partial))
        }
    }

    @Test("Pings keep a session, and so does a request that takes longer than the lease")
    func leaseRenewed() async throws {
        var setup = TestServer()
        setup.configuration.idleTimeout = .milliseconds(500)
        try await setup.serve { endpoint in
            let slow = try TestClient(endpoint)
            try await slow.make(["delay": 1.5])
            _ = try await slow.reset()
            try slow.send(slow.next { $0.step.action.integer = 1 })
            let pinged = try TestClient(endpoint)
            try await pinged.make()
            while true {
                #expect(try await pinged.ping().ping.state == "made")
                if let reply = try await slow.receiveIfAny(within: 0.05) {
                    #expect(try MessageCodec.decode(WireReply.self, from: reply, .binary).step.reward == 0.5)
                    break
                }
            }
            #expect(setup.log.now.closed == 0)
        }
    }

    @Test("hello is answered within 50 ms while another session takes a slow step")
    func slowStepDelaysNobody() async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            let slow = try TestClient(endpoint)
            try await slow.make(["delay": 60.0])
            _ = try await slow.reset()
            try slow.send(slow.next { $0.step.action.integer = 1 })
            try await eventually("the step runs") { setup.log.now.begunSteps == 1 }
            let client = try TestClient(endpoint)
            try await client.make()
            _ = try await client.reset()
            var waits: [Duration] = []
            for _ in 0..<20 {
                let begun = ContinuousClock.now
                _ = try await client.ask(.greeting)
                waits.append(ContinuousClock.now - begun)
            }
            #expect(waits.sorted()[10] < .milliseconds(50))
            #expect(try await client.step().step.reward == 0.5)
            #expect(setup.log.now.steps == 1)
        }
    }

    @Test("A hundred sessions that step at once do not get each other's replies")
    func manyAtOnce() async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            let clients = try (0..<100).map { _ in try TestClient(endpoint) }
            for client in clients {
                try await client.make(["delay": 0.2])
                _ = try await client.reset()
            }
            let begun = ContinuousClock.now
            for client in clients { try client.send(client.next { $0.step.action.integer = 1 }) }
            for client in clients {
                let reply = try await client.reply()
                #expect(reply.sessionID == client.session)
                #expect(reply.step.reward == 0.5)
            }
            #expect(ContinuousClock.now - begun < .seconds(10))
        }
        #expect(setup.log.now.closed == 100)
    }
}
