import EnvironmentClient
import EnvironmentProtocol
import Foundation
import Gymnasium
import Randomness
import TestSupport
import Testing
import ZeroMQ

@Suite("Servers that die, refuse, or are none")
struct LostServersTests {
    @Test("A server that was started anew has lost the session, which is told and never replaced")
    func restart() async throws {
        let isNew = Silence()
        let line = Line(
            request: { request in
                var request = request
                // What a server that was started anew knows of old sessions.
                if isNew.now, !request.sessionID.isEmpty { request.sessionID = "before the start" }
                return request
            },
            reply: { reply in
                var reply = reply
                if isNew.now { reply.sessionID = "" }
                return [reply]
            })
        try await Served(line: line) { client in
            let vector = try RemoteVector(client, make: .counting(1))
            let buffers = RowBuffers(for: vector)
            try vector.begin(seeds: [nil], into: buffers)
            isNew.set(true)
            #expect(failure(of: vector, [1], buffers)?.reason == .lost)
            guard case .sessionLost(let refusal) = vector.failure else {
                Issue.record("expected a lost session, got \(String(describing: vector.failure))")
                return
            }
            #expect(refusal.reason == .unknownSession)
            #expect("\(refusal)".hasSuffix("(NOT_FOUND / UNKNOWN_SESSION)"))
            // It stays lost.
            isNew.set(false)
            #expect(throws: ClientError.self) { try vector.begin(seeds: [nil], into: buffers) }
        }
    }

    @Test("A server that dies in the middle ends calls by an error, and close returns")
    func death() async throws {
        let isReady = Silence()
        let isDead = DispatchSemaphore(value: 0)
        var using: Task<Void, any Error>?
        try await Served().withServer { endpoint in
            using = Task {
                try await onThread {
                    defer { isReady.set(true) }
                    var client = Served.client(endpoint)
                    client.patienceSeconds = 2
                    let vector = try RemoteVector(client, make: .counting(1))
                    let buffers = RowBuffers(for: vector)
                    try vector.begin(seeds: [nil], into: buffers)
                    isReady.set(true)
                    isDead.wait()
                    let error = failure(of: vector, [1], buffers)
                    #expect(error?.reason == .unanswered || error?.reason == .lost)
                    vector.closeNow()
                }
            }
            let end = ContinuousClock.now + .seconds(60)
            while !isReady.now, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(2)) }
        }
        isDead.signal()
        try await using?.value
    }

    @Test("Where nobody listens, the error says so")
    func nobody() async throws {
        try await onThread {
            var client = ClientConfiguration("ipc:///tmp/nobody-\(UInt64.random(in: 0...UInt64.max))")
            client.patienceSeconds = 0.3
            let error = #expect(throws: ClientError.self) { try RemoteVector(client, make: .counting(1)) }
            guard case .timeout("hello", client.endpoint, _, _) = error else {
                Issue.record("expected a time-out, got \(String(describing: error))")
                return
            }
            let strange = ClientConfiguration("nonsense")
            guard
                case .unreachable = #expect(
                    throws: ClientError.self,
                    performing: {
                        try RemoteVector(strange, make: .counting(1))
                    })
            else {
                Issue.record("nonsense was taken for an endpoint")
                return
            }
        }
    }

    @Test("What answers and is no server, or one of another version, is a mismatch")
    func strangers() async throws {
        let other = Line(reply: { reply in
            var reply = reply
            if case .hello = reply.kind { reply.hello.protocol.major = 2 }
            return [reply]
        })
        let refusing = Line(request: { request in
            var request = request
            if case .hello = request.kind {
                request.hello.protocolMin.major = 3
                request.hello.protocolMax.major = 3
            }
            return request
        })
        for line in [other, refusing] {
            let error = await #expect(throws: ClientError.self) {
                try await Served(line: line) { client in _ = try RemoteVector(client, make: .counting(1)) }
            }
            guard case .mismatch(let text) = error else {
                Issue.record("expected a mismatch, got \(String(describing: error))")
                return
            }
            #expect(text.contains("version"))
        }
        try await onThread {
            let context = try ZeroMQContext()
            nonisolated(unsafe) let socket = try ZeroMQSocket(.router, in: context)
            let endpoint = try socket.bind("tcp://127.0.0.1:0")
            // The socket is not used by its maker any more.
            let answering = Thread {
                for _ in 0..<100 {
                    socket.wait(milliseconds: 200)
                    guard let frames = socket.receive() else { continue }
                    _ = socket.send(frames.dropLast() + [Data("HTTP/1.1 400 Bad Request".utf8)])
                    return
                }
            }
            answering.start()
            guard
                case .mismatch = #expect(
                    throws: ClientError.self,
                    performing: {
                        try RemoteVector(Served.client(endpoint), make: .counting(1))
                    })
            else {
                Issue.record("a stranger was taken for a server")
                return
            }
        }
    }

    @Test("A refusal says why: code, reason, the argument at fault")
    func refusals() async throws {
        try await Served { client in
            let cases: [(RemoteMake, WireErrorReason, String)] = [
                (RemoteMake("test/Nothing-v0"), .unknownEnvID, ""),
                (RemoteMake(CountingEnvironment.id, arguments: [.init("colour", "red")]), .badArgument, "colour"),
            ]
            for (make, reason, field) in cases {
                guard
                    case .refused(let refusal) = #expect(
                        throws: ClientError.self,
                        performing: {
                            try RemoteVector(client, make: make)
                        })
                else {
                    Issue.record("\(make.id) was not refused")
                    return
                }
                #expect(refusal.reason == reason)
                #expect(refusal.field == field)
                #expect(!refusal.message.isEmpty)
            }
        }
    }

    @Test("A reply that does not fit the vector is a mismatch, not a crash", arguments: 0..<6)
    func misfits(fault: Int) async throws {
        let line = Line(reply: { reply in
            var reply = reply
            guard case .step(var step) = reply.kind else { return [reply] }
            switch fault {
            case 0: step.rewards.removeLast()
            case 1: step.terminations.append(true)
            case 2: step.observation.array.data.removeLast()
            case 3: step.observation.array.dtype = .float32
            case 4: step.observation = .init()
            default: step.finalMask = [true]
            }
            reply.step = step
            return [reply]
        })
        try await Served(line: line) { client in
            let vector = try RemoteVector(client, make: .counting(2, .sameStep))
            let buffers = RowBuffers(for: vector)
            try vector.begin(seeds: [nil, nil], into: buffers)
            #expect(failure(of: vector, [1, 1], buffers)?.reason == .lost)
        }
    }
}
