import EnvironmentProtocol
import Foundation
import Gymnasium
import Randomness
import SwiftProtobuf
import TestSupport
import Testing

struct RequestHandlerCallsTests {
    @Test("The same request twice is one step and equal bytes")
    func idempotent() async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make()
            _ = try await client.reset()
            let request = client.next { $0.step.action.integer = 1 }
            try client.send(request)
            let first = try await client.receive()
            let elsewhere = try TestClient(endpoint)
            try elsewhere.send(request)
            #expect(try await elsewhere.receive() == first)
            #expect(setup.log.now.steps == 1)
            #expect(try await client.step().step.info.entries.last?.value.integer == 2)
        }
    }

    @Test("A request that comes again while it runs is answered once, to the newest who asked")
    func repeatedWhileRunning() async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make(["delay": 0.3])
            _ = try await client.reset()
            let request = client.next { $0.step.action.integer = 1 }
            try client.send(request)
            try await eventually("the step runs") { setup.log.now.begunSteps == 1 }
            let newest = try TestClient(endpoint)
            #expect(try await newest.ask(request).step.reward == 0.5)
            #expect(setup.log.now.begunSteps == 1)
            #expect(try await client.receiveIfAny(within: 0.05) == nil)
        }
    }

    @Test("Old, skipped and changed requests execute nothing")
    func order() async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make()
            _ = try await client.reset()
            _ = try await client.step()
            func error(_ id: UInt64, action: Int64 = 1) async throws -> WireErrorReason {
                client.requestID = id - 1
                return try await client.step(action).error.reason
            }
            #expect(try await error(1) == .staleRequest)
            #expect(try await error(9) == .requestGap)
            #expect(try await error(2, action: 2) == .requestChanged)
            #expect(setup.log.now.steps == 1)
            client.requestID = 2
            #expect(try await client.step().step.reward == 0.5)
        }
    }

    @Test("A change at the end of a long request is noticed")
    func longRequests() async throws {
        try await TestServer().serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make()
            let options = [UInt8](repeating: 7, count: 5_000)
            for last in [1, 2] as [UInt8] {
                client.requestID = 0
                let reply = try await client.ask {
                    $0.reset.options = [
                        .with {
                            $0.key = "x"
                            $0.value = WireValue(
                                .text(String(decoding: options + [last], as: UTF8.self)))
                        }
                    ]
                }
                #expect(reply.error.reason == (last == 1 ? .badArgument : .requestChanged))
            }
        }
    }

    @Test("Another request of a busy session is refused, and may come again")
    func busy() async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make(["delay": 0.3])
            _ = try await client.reset()
            try client.send(client.next { $0.step.action.integer = 1 })
            try await eventually("the step runs") { setup.log.now.begunSteps == 1 }
            #expect(try await client.ping().ping.state == "busy")
            let refused = try await client.step()
            #expect(refused.error.reason == .sessionBusy)
            #expect(refused.error.retryable)
            #expect(try await client.reply().step.reward == 0.5)
            client.requestID -= 1
            #expect(try await client.step().step.reward == 0.5)
            #expect(setup.log.now.steps == 2)
        }
    }

    @Test(
        "An action that is none steps nothing",
        arguments: [
            (.integer(3), .actionOutOfSpace), (.number(1), .actionDtype), (.text("1"), .actionDtype),
            (.array(NDArray([Int8(1), 1])), .actionShape), (.tuple([]), .actionDtype),
        ] as [(Value, WireErrorReason)])
    func wrongAction(action: Value, reason: WireErrorReason) async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make()
            _ = try await client.reset()
            let error = try await client.ask { $0.step.action = WireValue(action) }.error
            #expect(error.code == .invalidArgument)
            #expect(error.reason == reason)
            #expect(setup.log.now.begunSteps == 0)
            #expect(try await client.step().step.reward == 0.5)
        }
    }

    @Test("An action without a value is an error")
    func noAction() async throws {
        try await TestServer().serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make()
            _ = try await client.reset()
            #expect(try await client.ask { $0.step = .init() }.error.code == .invalidArgument)
        }
    }

    @Test("Seeds of any size come back, unseeded resets tell what they drew, two seeds are refused")
    func seeds() async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make()
            let large = try #require(Seed(decimal: "340282366920938463463374607431768211457"))
            let reply = try await client.ask { $0.reset.seeds = [WireSeed(large)] }
            #expect(try reply.reset.npRandomSeed.first?.seed() == large)
            #expect(setup.log.now.lastSeed == large)
            let drawn = try await client.reset().reset.npRandomSeed.first?.seed()
            #expect(drawn != nil)
            #expect(drawn == setup.log.now.lastSeed)
            let two = try await client.ask {
                $0.reset.seeds = [WireSeed(large), .with { $0.decimal = large.description }]
            }
            #expect(two.error.reason == .badArgument)
            let nonsense = try await client.ask { $0.reset.seeds = [.with { $0.decimal = "-1" }] }
            #expect(nonsense.error.reason == .badArgument)
            // Neither touched the episode.
            #expect(try await client.step().step.reward == 0.5)
        }
    }

    @Test("A reset that fails leaves a session that needs one")
    func failedReset() async throws {
        try await TestServer().serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make()
            _ = try await client.reset()
            let failed = try await client.ask {
                $0.reset.options = [
                    .with {
                        $0.key = "x"
                        $0.value.integer = 1
                    }
                ]
            }
            #expect(failed.error.field == "x")
            #expect(try await client.step().error.reason == .resetNeeded)
            _ = try await client.reset()
            #expect(try await client.step().step.reward == 0.5)
        }
    }

    @Test(
        "What an environment does wrong is its session's error; the server lives",
        arguments: [
            ("crash", .internal, .envCrashed), ("nan", .internal, .nonFiniteReward),
            ("backend", .unavailable, .backendUnavailable),
        ] as [(String, WireErrorCode, WireErrorReason)])
    func failures(failure: String, code: WireErrorCode, reason: WireErrorReason) async throws {
        let setup = TestServer(recorder: MemoryRecorder())
        try await setup.serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make(["failure": .text(failure)])
            _ = try await client.reset()
            let error = try await client.step().error
            #expect(error.code == code)
            #expect(error.reason == reason)
            #expect(try await client.step().error.reason == .resetNeeded)
            #expect(setup.recorder?.all.last == .ended("episode-0", .partial))
            #expect(try await client.reset().reset.episodeID == ["episode-2"])
        }
    }

    @Test("Frames as text and as pictures; not before a reset, nor without a mode")
    func render() async throws {
        try await TestServer().serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make(renderMode: "ansi")
            #expect(try await client.ask { $0.render = .init() }.error.reason == .resetNeeded)
            _ = try await client.reset()
            #expect(try await client.ask { $0.render = .init() }.render.text == ["step 0"])

            let painter = try TestClient(endpoint)
            try await painter.make(renderMode: "rgb_array")
            _ = try await painter.reset()
            let frame = try await painter.ask { $0.render = .init() }.render.frames.first
            #expect(frame?.shape == [1, 1, 3])
            #expect(frame?.data == Data([1, 2, 3]))

            let blind = try TestClient(endpoint)
            try await blind.make()
            _ = try await blind.reset()
            #expect(try await blind.ask { $0.render = .init() }.error.code == .unimplemented)
        }
    }

    @Test("The environment's action mask is in the reply's action_mask")
    func actionMask() async throws {
        try await TestServer().serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make()
            _ = try await client.reset()
            #expect(try await client.step().step.actionMask.array.data == Data([1, 1, 0]))
        }
    }

    @Test("What is not offered says so")
    func unimplemented() async throws {
        try await TestServer().serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make()
            let requests: [(inout WireRequest) -> Void] = [
                { $0.startRecording = .init() }, { $0.stopRecording = .init() }, { $0.getAttr = .init() },
                { $0.call = .init() },
            ]
            for fill in requests {
                let error = try await client.ask(fill).error
                #expect(error.code == .unimplemented)
                #expect(error.reason == .capabilityMissing)
            }
        }
    }

    @Test("A second close is answered like the first, other requests come too late")
    func close() async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make()
            _ = try await client.reset()
            _ = try await client.step()
            let request = client.next { $0.close = .init() }
            try client.send(request)
            let first = try await client.receive()
            try client.send(request)
            #expect(try await client.receive() == first)
            let another = try await client.ask { $0.close = .init() }
            #expect(another.requestID == client.requestID)
            #expect(another.close.steps == 1)
            #expect(setup.log.now.closed == 1)
            #expect(try await client.step().error.reason == .sessionExpired)
            client.session = "0123"
            let unknown = try await client.step().error
            #expect(unknown.reason == .unknownSession)
            #expect(unknown.message.contains("make"))
        }
    }

    @Test("A close cancels the step under way, then closes the environment, not under cancellation")
    func closeWhileStepping() async throws {
        let setup = TestServer()
        try await setup.serve { endpoint in
            let client = try TestClient(endpoint)
            try await client.make(["delay": 60.0])
            _ = try await client.reset()
            try client.send(client.next { $0.step.action.integer = 1 })
            try await eventually("the step runs") { setup.log.now.begunSteps == 1 }
            try client.send(client.next { $0.close = .init() })
            let step = try await client.reply()
            #expect(step.error.reason == .sessionExpired)
            #expect(try await client.reply().close.steps == 0)
            #expect(setup.log.now.closed == 1)
            #expect(setup.log.now.closedUnderCancellation == 0)
        }
    }
}
