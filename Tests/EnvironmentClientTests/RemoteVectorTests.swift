import EnvironmentClient
import EnvironmentProtocol
import Foundation
import Gymnasium
import Randomness
import TestSupport
import Testing
import ZeroMQ

@Suite("A remote vector")
struct RemoteVectorTests {
    @Test(
        "equals the local one in every mode, through resets with seeds, without, and with masks",
        arguments: AutoresetMode.allCases, [1, 5])
    func equality(mode: AutoresetMode, count: Int) async throws {
        try await Served { client in
            let twins = try Twins(client, .counting(count, mode), seed: UInt64(count))
            try twins.run(steps: 60)
            twins.remote.closeNow()
        }
    }

    @Test("equals the local one when both ends are in one process and share a context", arguments: [1, 5])
    func withinAProcess(count: Int) async throws {
        let context = try ZeroMQContext()
        let served = Served(place: "inproc://served-\(count)", context: context)
        try await served { client in
            #expect(client.endpoint == "inproc://served-\(count)")
            let twins = try Twins(client, .counting(count, .nextStep), seed: UInt64(count))
            try twins.run(steps: 60)
            twins.remote.closeNow()
        }
        // The context is the caller's, and outlives the server. libzmq frees a name some time after its socket was closed.
        let next = Served(place: "inproc://served-\(count)-again", context: context)
        try await next { client in try Twins(client, .counting(count, .sameStep)).run(steps: 20) }
    }

    @Test("of one has a server without vectors too, and is reset on this side", arguments: AutoresetMode.allCases)
    func single(mode: AutoresetMode) async throws {
        let noVectors = Line(reply: { reply in
            var reply = reply
            if case .hello = reply.kind { reply.hello.capabilities = ["json"] }
            return [reply]
        })
        for served in [Served(hasVectors: false), Served(line: noVectors)] {
            try await served { client in
                try Twins(client, .counting(1, mode)).run(steps: 60)
            }
        }
        let error = await #expect(throws: ClientError.self) {
            try await Served(hasVectors: false) { client in _ = try RemoteVector(client, make: .counting(2)) }
        }
        guard case .refused(let refusal) = error else {
            Issue.record("expected a refusal, got \(String(describing: error))")
            return
        }
        #expect(refusal.reason == .capabilityMissing)
    }

    @Test("knows what the server's environment is")
    func description() async throws {
        try await Served { client in
            let vector = try RemoteVector(client, make: .counting(2, .sameStep, info: .ends))
            #expect(vector.spec == CountingEnvironment.spec)
            #expect(vector.observationSpace == CountingEnvironment.observationSpace)
            #expect(vector.actionSpace == CountingEnvironment.actionSpace)
            #expect(vector.count == 2)
            #expect(vector.autoresetMode == .sameStep)
            #expect(vector.arguments == [.init("info", "ends")])
            #expect(vector.infoDetail == .ends)
            #expect(vector.actionMaskCount == 3)
            #expect(vector.expectedStepSeconds == 0.01)
        }
    }

    @Test(
        "is stepped whatever the server says that a step takes",
        arguments: [.nan, .infinity, 1e300, -1, 1e-30] as [Double])
    func expectations(seconds: Double) async throws {
        var served = Served()
        served.expectedStepSeconds = seconds
        try await served { client in
            let twins = try Twins(client, .counting(2))
            try twins.reset([Seed(1), Seed(2)])
            try twins.step()
            twins.expectEqual("after a step")
        }
    }

    @Test("has the infos of ends only where the environment gives no others", arguments: [InfoDetail.ends, .none])
    func details(info: InfoDetail) async throws {
        try await Served { client in
            let twins = try Twins(client, .counting(3, .sameStep, info: info), info: info)
            try twins.reset([Seed(1), Seed(2), Seed(3)])
            var ends = 0
            for step in 0..<20 {
                try twins.step()
                twins.expectEqual(infos: false, "after step \(step)")
                for index in 0..<3 {
                    #expect(twins.remote.info(at: index) == [])
                    #expect(twins.remote.finalInfo(at: index) == twins.local.finalInfo(at: index))
                    if twins.got.finalMask[index] { ends += 1 }
                }
            }
            #expect(ends > 3)
        }
    }

    @Test("renders in the mode it was made with")
    func render() async throws {
        try await Served { client in
            let vector = try RemoteVector(client, make: .counting(2, renderMode: "ansi"))
            let buffers = RowBuffers(for: vector)
            try vector.begin(seeds: [Seed(1), Seed(2)], into: buffers)
            try [Int64(1), 2].withUnsafeBytes { try vector.stepNow(actions: $0, into: buffers) }
            guard case .text(let text) = try vector.renderNow(at: 1, mode: "ansi") else {
                Issue.record("expected text, got none: \(String(describing: vector.failure))")
                return
            }
            #expect(text == "sum 2")
            let none = try vector.renderNow(at: 1, mode: "rgb_array").map { _ in true }
            #expect(none == nil)
        }
    }

    @Test("tells what cannot be stepped from what was not: kinds, sub-environment, nothing moved")
    func refusedSteps() async throws {
        let served = Served()
        try await served { [steps = served.steps] client in
            let vector = try RemoteVector(client, make: .counting(2, .disabled))
            let buffers = RowBuffers(for: vector)
            #expect(failure(of: vector, [0, 0], buffers)?.reason == .resetNeeded)
            try vector.begin(seeds: [nil, nil], into: buffers)
            #expect(failure(of: vector, [0, 3], buffers)?.reason == .actionOutOfSpace)
            #expect(failure(of: vector, [0], buffers)?.reason == .actionShape)
            #expect(steps.now == 0)
            for _ in 0..<3 { #expect(failure(of: vector, [1, 2], buffers) == nil) }
            let error = failure(of: vector, [1, 1], buffers)
            #expect(error?.reason == .resetNeeded)
            #expect(error?.row == 1)
            try vector.begin(seeds: [nil, nil], mask: [false, true], into: buffers)
            #expect(failure(of: vector, [1, 1], buffers) == nil)
            #expect(steps.now == 8)
        }
    }

    @Test("closes its session; afterwards it is lost, and closing again does nothing")
    func close() async throws {
        try await Served { client in
            let vector = try RemoteVector(client, make: .counting(1))
            let buffers = RowBuffers(for: vector)
            try vector.begin(seeds: [nil], into: buffers)
            vector.closeNow()
            vector.closeNow()
            #expect(failure(of: vector, [0], buffers)?.reason == .lost)
            #expect(vector.failure == .closed)
            let sessions = try RemoteVectorTests.sessions(client)
            #expect(sessions == 0)
        }
    }

    @Test("reaches a server of this process over inproc:// with a shared context")
    func inproc() async throws {
        try await Served().withServer { endpoint in
            let context = try ZeroMQContext()
            let line = Line()
            let inside = try line.start(to: endpoint, at: "inproc://farms", in: context)
            defer { line.stop() }
            try await onThread {
                var client = Served.client(inside)
                client.context = context
                try Twins(client, .counting(3)).run(steps: 20)
            }
        }
    }

    private static func sessions(_ client: ClientConfiguration) throws -> UInt32? {
        let socket = try ZeroMQSocket(.dealer, in: try ZeroMQContext())
        try socket.connect(client.endpoint)
        var request = WireRequest()
        request.ping = .init()
        #expect(socket.send([Data(), try MessageCodec.encode(request, .binary)]))
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            if let reply = socket.receive()?.last {
                return try MessageCodec.decode(WireReply.self, from: reply, .binary).ping.sessions
            }
            socket.wait(milliseconds: 1_000)
        }
        return nil
    }
}

/// Why a step fails; nil when it does not.
func failure(of vector: RemoteVector, _ actions: [Int64], _ buffers: RowBuffers) -> EnvironmentError? {
    actions.withUnsafeBytes { actions in
        do throws(EnvironmentError) {
            try vector.stepNow(actions: actions, into: buffers)
            return nil
        } catch {
            return error
        }
    }
}
