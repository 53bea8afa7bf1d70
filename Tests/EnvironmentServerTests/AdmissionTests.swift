import EnvironmentProtocol
import EnvironmentServer
import Foundation
import Gymnasium
import TestSupport
import Testing
import ZeroMQ

@Suite("Who is let in")
struct AdmissionTests {
    private let serverKey: CurveSecretKey
    private let clientKey: CurveSecretKey
    private let log = LogRecorder()

    init() throws {
        serverKey = try CurveSecretKey.generate()
        clientKey = try CurveSecretKey.generate()
    }

    private func guarded(_ clients: CurveConfiguration.Clients? = nil) -> TestServer {
        var setup = TestServer()
        setup.logger = log.logger
        setup.configuration.curve = CurveConfiguration(
            serverKey: serverKey, clients: clients ?? .only([clientKey.publicKey]))
        return setup
    }

    private func client(
        _ endpoint: String, _ key: CurveSecretKey, server: CurvePublicKey? = nil
    ) throws -> TestClient {
        try TestClient(endpoint) { socket throws(ZeroMQError) in
            try socket.setCurveClient(key, server: server ?? serverKey.publicKey)
        }
    }

    /// Asks, or finds out that it may not: a socket that was refused already takes nothing more.
    private func attempt(_ client: TestClient) throws {
        _ = client.socket.send([try MessageCodec.encode(WireRequest.greeting, .binary)])
    }

    /// The client asks, is not answered, and the log says why.
    private func expectRefused(_ client: TestClient, _ what: String) async throws {
        try attempt(client)
        try await eventually("the log says \"\(what)\": \(log.lines)") {
            log.lines.contains { $0.lowercased().contains(what.lowercased()) }
        }
        #expect(try await client.receiveIfAny(within: 0.2) == nil)
    }

    @Test("A client whose key is allowed plays an episode, over tcp and ipc", arguments: [true, false])
    func allowed(overTCP: Bool) async throws {
        var setup = guarded()
        if !overTCP { setup.configuration.endpoint = "ipc:///tmp/curve-\(UUID().uuidString.prefix(13))" }
        try await setup.serve { endpoint in
            let client = try client(endpoint, clientKey)
            try await client.make()
            _ = try await client.reset()
            #expect(try await client.step().step.reward == 0.5)
        }
        #expect(log.lines == [])
    }

    @Test("Where any key will do, the daemon's own must still be known")
    func anyone() async throws {
        try await guarded(.any).serve { endpoint in
            let newcomer = try client(endpoint, CurveSecretKey.generate())
            #expect(try await newcomer.ask(.greeting).hello.protocol.major == 1)
            let stranger = try client(endpoint, clientKey, server: CurveSecretKey.generate().publicKey)
            try await expectRefused(stranger, "holds another key for this daemon")
        }
    }

    @Test("libzmq#2227: a client with a wrong server key gets no answer, and the log says why")
    func report71_wrongServerKey() async throws {
        try await guarded().serve { endpoint in
            let stranger = try client(endpoint, clientKey, server: CurveSecretKey.generate().publicKey)
            try await expectRefused(
                stranger, "holds another key for this daemon than the daemon's own, \(serverKey.publicKey)")
        }
    }

    @Test("libzmq#2227: a client with an unknown key gets no answer, and the log names its key, once")
    func report71_unknownClient() async throws {
        try await guarded().serve { endpoint in
            let key = try CurveSecretKey.generate()
            for _ in 0..<3 {
                try await expectRefused(try client(endpoint, key), "its key \(key.publicKey) is not allowed")
            }
            #expect(log.lines.count { $0.contains(key.publicKey.text) } == 1)
            #expect(log.lines.allSatisfy { !$0.contains(key.text) && !$0.contains(serverKey.text) })
        }
    }

    @Test("pyzmq#1706: a client without keys gets no answer from a daemon with keys, and the log says why")
    func report71_plainClient() async throws {
        try await guarded().serve { endpoint in
            try await expectRefused(try TestClient(endpoint), "client without keys")
        }
    }

    @Test("pyzmq#1706: a client with keys gets no answer from a daemon without, and the log says why")
    func report71_plainServer() async throws {
        var setup = TestServer()
        setup.logger = log.logger
        try await setup.serve { endpoint in
            try await expectRefused(try client(endpoint, clientKey), "this daemon has no keys")
            #expect(try await TestClient(endpoint).ask(.greeting).hello.protocol.major == 1)
        }
    }

    @Test("Those who are refused disturb nobody's episode")
    func undisturbed() async throws {
        try await guarded().serve { endpoint in
            let playing = try client(endpoint, clientKey)
            try await playing.make(["horizon": 100])
            _ = try await playing.reset()
            let strangers = try (0..<20).map { index in
                try index.isMultiple(of: 2) ? TestClient(endpoint) : client(endpoint, CurveSecretKey.generate())
            }
            for stranger in strangers { try attempt(stranger) }
            for _ in 0..<50 { #expect(try await playing.step().step.reward == 0.5) }
            for stranger in strangers { #expect(try await stranger.receiveIfAny(within: 0.01) == nil) }
        }
    }

    @Test("A daemon that cannot listen ends, keys or not")
    func taken() async throws {
        try await guarded().serve { endpoint in
            var second = guarded()
            second.configuration.endpoint = endpoint
            await #expect(throws: ZeroMQError.self) { try await second.serve { $0 } }
        }
    }

    /// How many files this process has open.
    private func openFiles() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }

    @Test("Daemons with keys leave no descriptors behind")
    func descriptors() async throws {
        _ = try await guarded().serve { $0 }
        let before = try openFiles()
        for _ in 0..<20 {
            try await guarded().serve { endpoint in
                let guest = try client(endpoint, clientKey)
                #expect(try await guest.ask(.greeting).hello.protocol.major == 1)
            }
        }
        // Each has at least 10 of them; other tests open some meanwhile.
        try await eventually("files are as before") { try openFiles() < before + 100 }
    }
}
