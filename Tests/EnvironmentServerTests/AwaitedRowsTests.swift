import EnvironmentProtocol
import Gymnasium
import SwiftProtobuf
import TestSupport
import Testing

@Suite("Vectors whose steps are waited for")
struct AwaitedRowsTests {
    private func make(_ client: TestClient, _ arguments: [String: Value] = [:]) async throws {
        var request = WireRequest.newSession(arguments.merging(["vectors": true]) { $1 })
        request.make.numEnvs = 4
        let made = try await client.ask(request)
        try #require(made.error.message == "")
        #expect(made.make.numEnvs == 4)
        client.session = made.make.sessionID
        #expect(try await client.ask { $0.reset.seeds = [.with { $0.words = [5] }] }.reset.npRandomSeed.count == 4)
    }

    private func step(_ client: TestClient, _ actions: [Double] = [0, 1, 2, 1]) -> WireRequest {
        client.next { request in
            request.step.action =
                NDArray(dtype: .int64, shape: [4], values: actions).map { WireValue(.array($0)) } ?? .init()
        }
    }

    @Test("Four rows step in one message, and are answered row by row")
    func rows() async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            let client = try TestClient(endpoint)
            try await make(client)
            let reply = try await client.ask(step(client)).step
            let ones = try #require(NDArray(dtype: .float32, shape: [4, 1], values: [1, 1, 1, 1]))
            #expect(try reply.observation.value() == .array(ones))
            #expect(reply.rewards == [0.5, 0.5, 0.5, 0.5])
            #expect(reply.terminations == [false, false, false, false])
            #expect(reply.info.entries.map(\.key) == ["action_mask", "steps"])
            #expect(setup.log.now.steps == 1)
        }
    }

    @Test("A close cancels a step that waits, and is answered within a second")
    func close() async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            let client = try TestClient(endpoint)
            try await make(client, ["delay": 600])
            try client.send(step(client))
            try await eventually("the step has begun") { setup.log.now.begunSteps == 1 }
            let begun = ContinuousClock.now
            try client.send(client.next { $0.close = .init() })
            #expect(try await client.reply().error.reason == .sessionExpired)
            #expect(try await client.reply().close.episodes == 1)
            #expect(ContinuousClock.now - begun < .seconds(1))
            #expect(setup.log.now.closed == 1 && setup.log.now.closedUnderCancellation == 0)
        }
    }

    static let failures: [(String, WireErrorCode, WireErrorReason)] = [
        ("backend", .unavailable, .backendUnavailable), ("crash", .internal, .envCrashed),
    ]

    @Test("A step that fails is answered by the kind of failure, and the session stays ready", arguments: failures)
    func failure(failure: String, code: WireErrorCode, reason: WireErrorReason) async throws {
        try await TestServer().serve { endpoint in
            let client = try TestClient(endpoint)
            try await make(client, ["failure": .text(failure)])
            let error = try await client.ask(step(client)).error
            #expect(error.code == code && error.reason == reason)
            #expect(error.hasEnvIndex == (failure == "backend"))
            if error.hasEnvIndex { #expect(error.envIndex == 3) }
            #expect(try await client.ping().ping.state == "ready")
        }
    }

    @Test("What is no action of all rows steps nothing")
    func actions() async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            let client = try TestClient(endpoint)
            try await make(client)
            let one = try await client.step(1).error.reason
            #expect([.actionShape, .actionDtype].contains(one))
            #expect(try await client.ask(step(client, [0, 1, 2, 3])).error.reason == .actionOutOfSpace)
            #expect(setup.log.now.begunSteps == 0)
        }
    }
}
