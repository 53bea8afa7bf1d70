import EnvironmentProtocol
import EnvironmentServer
import Foundation
import Gymnasium
import SwiftProtobuf
import TestSupport
import Testing
import ZeroMQ

/// Bugs of other programs that this one is proof against.
struct ReportTests {
    @Test("vnpy#3792: after a time-out the next call works, and a late reply is not taken for its answer")
    func report61_lateReply() async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            let client = try TestClient(endpoint, .request)
            try await client.make(["delay": 0.3, "horizon": 9])
            _ = try await client.reset()
            let step = client.next { $0.step.action.integer = 1 }
            try client.send(step)
            #expect(try await client.receiveIfAny(within: 0.1) == nil)
            // The same socket asks something else, while the step's reply is still to come.
            #expect(try await client.ping().ping.state == "busy")
            try await eventually("the step ends") { setup.log.now.steps == 1 }
            #expect(try await client.ping().hasPingState)
            let repeated = try await client.ask(step)
            #expect(repeated.requestID == step.requestID)
            #expect(repeated.step.info.entries.last?.value.integer == 1)
            #expect(try await client.reset().reset.observation.array.data == Data(count: 4))
            #expect(setup.log.now.steps == 1)
        }
    }

    @Test("libzmq#190: requests of clients that died move nobody else's environment and delay nobody")
    func report64_deadClients() async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            do {
                let dying = try (0..<50).map { _ in try TestClient(endpoint) }
                for client in dying {
                    try await client.make(["delay": 1.0])
                    _ = try await client.reset()
                }
                for client in dying { try client.send(client.next { $0.step.action.integer = 1 }) }
                try await eventually("the steps run") { setup.log.now.begunSteps == 50 }
            }
            let client = try TestClient(endpoint)
            let begun = ContinuousClock.now
            try await client.make()
            let reset = try await client.reset()
            // One after the other they would take 50.
            #expect(ContinuousClock.now - begun < .seconds(15))
            #expect(reset.reset.observation.array.data == Data(count: 4))
            #expect(try await client.step().step.info.entries.last?.value.integer == 1)
        }
    }

    @Test("libzmq#1227: after a restart the old session is unknown, and nothing is stepped")
    func report65_restart() async throws {
        let first = TestServer()
        let (endpoint, session) = try await first.serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make()
            _ = try await client.reset()
            return (endpoint, client.session)
        }
        var second = TestServer()
        second.configuration.endpoint = endpoint
        try await second.serve { endpoint in
            let client = try TestClient(endpoint)
            client.session = session
            client.requestID = 1
            let error = try await client.step().error
            #expect(error.reason == .unknownSession)
            #expect(error.message.contains("reset"))
            #expect(second.log.now == EnvironmentLog.Counts())
        }
    }

    static let strangers: [Data] = [
        Data("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8),
        Data((0..<1_000_000).map { _ in UInt8.random(in: 0...255) }),
        // Half of a ZMTP greeting.
        Data([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0, 0x4e, 0x55, 0x4c, 0x4c]),
        Data([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3]) + Data(repeating: 0xff, count: 200),
    ]

    @Test("libzmq#87: strangers on the port harm nobody", arguments: strangers)
    func report72_strangers(bytes: Data) async throws {
        try await TestServer().serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make()
            _ = try await client.reset()
            for _ in 0..<5 { try sendRaw(bytes, to: endpoint) }
            #expect(try await client.step().step.info.entries.last?.value.integer == 1)
            let newcomer = try TestClient(endpoint)
            #expect(try await newcomer.ask(.greeting).hello.protocol.major == 1)
        }
    }

    @Test("A frame of 100 MB costs its sender the connection, and nobody else anything")
    func hugeFrame() async throws {
        try await TestServer().serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make()
            _ = try await client.reset()
            let flood = try TestClient(endpoint)
            flood.send(Data(count: 100 << 20))
            #expect(try await client.step().step.reward == 0.5)
            #expect(try await flood.receiveIfAny(within: 0.3) == nil)
            #expect(try await client.step().step.info.entries.last?.value.integer == 2)
            // The sender may come again with something of a bearable size.
            #expect(try await TestClient(endpoint).ask(.greeting).hello.protocol.major == 1)
        }
    }

    @Test("veins-gym#3: a step before the reset, or after the end, is a typed error and leaves the socket usable")
    func report78_wrongOrder() async throws {
        try await TestServer().serve { endpoint in
            let client = try TestClient(endpoint, .request)
            try await client.make(["horizon": 1])
            #expect(try await client.step().error.reason == .resetNeeded)
            for _ in 0..<3 {
                _ = try await client.reset()
                #expect(try await client.step().step.truncated)
                #expect(try await client.step().error.reason == .resetNeeded)
            }
        }
    }

    /// Sends to a tcp endpoint of this machine without speaking ZeroMQ, then hangs up.
    private func sendRaw(_ bytes: Data, to endpoint: String) throws {
        let port = try #require(endpoint.split(separator: ":").last.flatMap { UInt16($0) })
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        defer { Foundation.close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(connected == 0)
        bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                let count = Foundation.send(
                    descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, Int32(MSG_NOSIGNAL))
                // The server hangs up on what it does not understand.
                if count <= 0 { break }
                sent += count
            }
        }
    }
}

extension WireReply {
    fileprivate var hasPingState: Bool { !ping.state.isEmpty }
}
