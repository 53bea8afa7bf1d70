import EnvironmentProtocol
import EnvironmentServer
import Foundation
import Gymnasium
import SwiftProtobuf
import Testing
import ZeroMQ

struct RequestHandlerRequestsTests {
    private let nonce = Data((0..<16).map { UInt8($0) })

    @Test("hello tells version, limits, and an instance of its own for each start")
    func hello() async throws {
        var instances: [String] = []
        for _ in 0..<2 {
            let reply = try await TestServer().serve { endpoint in try await TestClient(endpoint).ask(.greeting).hello }
            #expect(reply.protocol.major == 1)
            #expect(reply.capabilities == reply.capabilities.sorted())
            #expect(reply.capabilities.contains("json"))
            #expect(reply.limits.maxMessageBytes == 16 << 20)
            #expect(reply.limits.maxSessions == 2_048)
            #expect(reply.limits.idleTimeoutS == 300)
            instances.append(reply.instanceID)
        }
        #expect(instances[0] != instances[1])
    }

    @Test(
        "ml-agents#3526: client and server of other versions part with an error that names both",
        arguments: [
            (2, 3, "upgrade the server"), (0, 0, "upgrade the client"),
        ] as [(UInt32, UInt32, String)])
    func versions(lowest: UInt32, highest: UInt32, advice: String) async throws {
        try await TestServer().serve { endpoint in
            let client = try TestClient(endpoint)
            var request = WireRequest.greeting
            request.hello.protocolMin.major = lowest
            request.hello.protocolMax.major = highest
            let error = try await client.ask(request).error
            #expect(error.reason == .protocolVersion)
            for part in ["version 1", "\(lowest) to \(highest)", advice] { #expect(error.message.contains(part)) }
        }
    }

    @Test("list_envs describes environments and their arguments, ping counts sessions and tells states")
    func listAndPing() async throws {
        try await TestServer().serve { endpoint in
            let client = try TestClient(endpoint)
            let list = try await client.ask(WireRequest.with { $0.listEnvs = .init() }).listEnvs
            #expect(list.envs.map(\.id) == ["test/Counter-v0"])
            #expect(list.envs.first?.arguments.first?.name == "horizon")
            #expect(try await client.ping().ping.state == "")
            try await client.make()
            #expect(try await client.ping().ping.state == "made")
            _ = try await client.reset()
            let ping = try await client.ping().ping
            #expect(ping.state == "ready")
            #expect(ping.sessions == 1)
        }
    }

    static let broken: [Data] = [
        Data(), Data([0xff]), Data(repeating: 0x0a, count: 3), Data("{".utf8), Data("{\"hello\": 3}".utf8),
        Data("{\"hello\": {}} trailing".utf8), Data("{\"nothing\": {}}".utf8), Data("GET / HTTP/1.1\r\n\r\n".utf8),
        Data(String(repeating: "{\"step\":{\"action\":{\"tuple\":{\"items\":[", count: 200).utf8),
    ]

    @Test("A frame that is no request gets an error, and the next one its answer", arguments: broken)
    func malformed(frame: Data) async throws {
        try await TestServer().serve { endpoint in
            let client = try TestClient(endpoint, delimiter: [Data()])
            client.send(frame)
            let error = try await client.reply(MessageEncoding(of: frame)).error
            #expect(error.code == .invalidArgument)
            #expect(error.reason == .malformedRequest)
            #expect(try await client.ask(.greeting).hello.serverName == "faasfarm")
        }
    }

    @Test("REQ, correlated REQ and DEALER with and without a delimiter get their envelopes back")
    func envelopes() async throws {
        try await TestServer().serve { endpoint in
            let clients = [
                try TestClient(endpoint, .request), try TestClient(endpoint),
                try TestClient(endpoint, delimiter: [Data()]),
                try TestClient(endpoint, delimiter: [Data([1, 2, 3]), Data()]),
            ]
            for client in clients { #expect(try await client.ask(.greeting).hello.protocol.major == 1) }
        }
    }

    @Test("A person with JSON: readable values, and requests without ids")
    func json() async throws {
        try await TestServer().serve { endpoint in
            let client = try TestClient(endpoint)
            func ask(_ text: String) async throws -> [String: Any] {
                client.send(Data(text.utf8))
                let reply = try await client.receive()
                return try #require(try JSONSerialization.jsonObject(with: reply) as? [String: Any])
            }
            let made = try await ask("{\"make\": {\"id\": \"test/Counter-v0\"}}")
            let session = try #require(made["session_id"] as? String)
            #expect(session.count == 32)
            let reset = try await ask(
                "{\"session_id\": \"\(session)\", \"reset\": {\"seeds\": [{\"decimal\": \"36893488147419103232\"}]}}")
            let seeds = (reset["reset"] as? [String: Any])?["np_random_seed"] as? [[String: Any]]
            #expect(seeds?.first?["decimal"] as? String == "36893488147419103232")
            for count in 1...2 {
                let step = try await ask("{\"session_id\": \"\(session)\", \"step\": {\"action\": {\"integer\": 2}}}")
                let body = try #require(step["step"] as? [String: Any])
                #expect(body["reward"] as? Double == 0.5)
                let array = (body["observation"] as? [String: Any])?["array"] as? [String: Any]
                #expect(array?["values"] as? [Double] == [Double(count)])
            }
        }
    }

    @Test("A make of no environments is refused, the first one of a server too")
    func noEnvironments() async throws {
        try await TestServer().serve { endpoint in
            let client = try TestClient(endpoint)
            var request = WireRequest.newSession()
            request.make.numEnvs = 0
            let error = try await client.ask(request).error
            #expect(error.field == "num_envs")
            let pong = try await client.ping()
            #expect(pong.kind == .ping(pong.ping) && pong.ping.sessions == 0)
        }
    }

    @Test("A make that is wrong says why, and opens no session")
    func wrongMakes() async throws {
        try await TestServer().serve { endpoint in
            let client = try TestClient(endpoint)
            func error(_ change: (inout WireRequest) -> Void) async throws -> WireError {
                var request = WireRequest.newSession()
                change(&request)
                return try await client.ask(request).error
            }
            // Not within #expect: a closure there would be run in place of the next one
            // (findings/swift-testing-closures-share-a-symbol.sh).
            let none = try await error { $0.make.numEnvs = 0 }
            #expect(none.field == "num_envs")
            let unknown = try await error { $0.make.id = "Nothing-v0" }
            #expect(unknown.code == .notFound)
            #expect(unknown.reason == .unknownEnvID)
            #expect(unknown.message.contains("test/Counter-v0"))
            let argument = try await error { $0.make.kwargs = WireRequest.newSession(["scenari": "x"]).make.kwargs }
            #expect(argument.reason == .badArgument)
            #expect(argument.field == "scenari")
            #expect(try await error { $0.make.renderMode = "human" }.reason == .badArgument)
            #expect(try await error { $0.make.numEnvs = 4 }.reason == .capabilityMissing)
            #expect(try await error { $0.nonce = Data(repeating: 1, count: 65) }.field == "nonce")
            #expect(try await client.ping().ping.sessions == 0)
        }
    }

    @Test("A make sent again with its nonce opens no second session")
    func nonce() async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            let client = try TestClient(endpoint)
            let request = try MessageCodec.encode(WireRequest.newSession(nonce: nonce), .binary)
            client.send(request)
            let first = try await client.receive()
            client.send(request)
            #expect(try await client.receive() == first)
            #expect(setup.log.now.made == 1)
            let changed = try await client.ask(.newSession(["horizon": 3], nonce: nonce)).error
            #expect(changed.reason == .requestChanged)
        }
    }

    @Test("A make under way is answered to the newest who asked")
    func nonceUnderWay() async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            let request = WireRequest.newSession(["make_delay": 0.3], nonce: nonce)
            let lost = try TestClient(endpoint)
            try lost.send(request)
            #expect(try await lost.ask(.greeting).hello.protocol.major == 1)
            let newest = try TestClient(endpoint)
            let reply = try await newest.ask(request)
            #expect(reply.make.sessionID.count == 32)
            #expect(setup.log.now.made == 1)
            #expect(try await lost.receiveIfAny(within: 0.05) == nil)
        }
    }

    @Test("OpenEnv#194: a full server says when to try again")
    func capacity() async throws {
        var setup = TestServer()
        setup.configuration.maxSessions = 2
        try await setup.serve { endpoint in
            let clients = try (0..<3).map { _ in try TestClient(endpoint) }
            try await clients[0].make()
            try await clients[1].make()
            let error = try await clients[2].ask(.newSession()).error
            #expect(error.code == .resourceExhausted)
            #expect(error.reason == .capacity)
            #expect(error.retryable)
            #expect(error.retryAfterMs > 0)
            _ = try await clients[0].ask { $0.close = .init() }
            try await clients[2].make()
        }
    }
}
