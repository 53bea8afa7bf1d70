import EnvironmentClient
import EnvironmentProtocol
import Foundation
import Gymnasium
import Randomness
import Synchronization
import TestSupport
import Testing

@Suite("Lost, late and foreign messages")
struct LostMessagesTests {
    @Test("A lost reply, a lost request, a repeated reply step nothing twice", arguments: 0..<4)
    func lossy(seed: Int) async throws {
        let chance = Chance(UInt64(seed))
        let line = Line(
            request: { chance.draw() == 0 ? nil : $0 },
            reply: { reply in
                switch chance.draw() {
                case 0: []
                case 1: [reply, reply]
                default: [reply]
                }
            })
        let served = Served(line: line)
        try await served { [steps = served.steps] client in
            let twins = try Twins(client, .counting(2, .disabled), seed: UInt64(seed))
            try twins.reset([Seed(1), Seed(2)])
            for step in 0..<12 {
                let isOver = (0..<2).map { twins.expected.terminations[$0] || twins.expected.truncations[$0] }
                if isOver.contains(true) { try twins.reset([nil, nil], mask: isOver) }
                try twins.step()
                twins.expectEqual("after step \(step)")
            }
            #expect(steps.now == 24)
        }
    }

    @Test("A reply with another id, or of another session, is nobody's")
    func foreign() async throws {
        let line = Line(reply: { reply in
            guard reply.requestID > 0 else { return [reply] }
            var late = reply
            late.requestID -= 1
            var early = reply
            early.requestID += 1
            early.step.rewards = [1e9, 1e9]
            var foreign = reply
            foreign.sessionID = "somebody else's"
            return [late, early, foreign, reply]
        })
        try await Served(line: line) { client in
            try Twins(client, .counting(2, .sameStep)).run(steps: 10)
        }
    }

    @Test("A late reply to hello or make is none to the requests after it")
    func lateGreetings() async throws {
        let early = Mutex<[WireReply]>([])
        let line = Line(reply: { reply in
            early.withLock { early in
                if reply.requestID == 0 {
                    early.append(reply)
                    // The first one is late.
                    return early.count == 1 ? [] : early
                }
                return early + [reply]
            }
        })
        try await Served(line: line) { client in
            try Twins(client, .counting(2)).run(steps: 10)
        }
    }

    @Test("After a time-out the same step again gets the reply of the first, and another one comes after it")
    func timeout() async throws {
        let isSilent = Silence()
        let served = Served(line: Line(reply: { isSilent.now && $0.requestID > 0 ? [] : [$0] }))
        try await served { [steps = served.steps] client in
            var client = client
            client.patienceSeconds = 2
            let vector = try RemoteVector(client, make: .counting(1))
            let buffers = RowBuffers(for: vector)
            try vector.begin(seeds: [Seed(5)], into: buffers)
            for expected in 1...2 {
                isSilent.set(true)
                let error = failure(of: vector, [1], buffers)
                #expect(error?.reason == .unanswered)
                guard case .timeout(let request, let endpoint, let seconds, _) = vector.failure else {
                    Issue.record("expected a time-out, got \(String(describing: vector.failure))")
                    return
                }
                #expect(request == "step")
                #expect(endpoint == client.endpoint)
                #expect(seconds > 1.9)
                isSilent.set(false)
                // Once the same, once another.
                #expect(failure(of: vector, [expected == 1 ? 1 : 2], buffers) == nil)
                #expect(steps.now == (expected == 1 ? 1 : 3))
            }
            #expect(buffers.rewards[0] == 1)
        }
    }

    @Test("A reset that was not answered is told by the next step, and the buffers stay")
    func resetTimeout() async throws {
        let isSilent = Silence()
        try await Served(line: Line(reply: { isSilent.now && $0.requestID > 0 ? [] : [$0] })) { client in
            var client = client
            client.patienceSeconds = 2
            let vector = try RemoteVector(client, make: .counting(1))
            let buffers = RowBuffers(for: vector)
            _ = try? vector.resetNow(seeds: [Seed(5)], mask: nil, into: buffers)
            isSilent.set(true)
            let before = Array(buffers.observations)
            _ = try? vector.resetNow(seeds: [Seed(6)], mask: nil, into: buffers)
            #expect(Array(buffers.observations) == before)
            isSilent.set(false)
            #expect(failure(of: vector, [1], buffers)?.reason == .unanswered)
            #expect(try vector.resetNow(seeds: [Seed(6)], mask: nil, into: buffers) == [Seed(6)])
            #expect(failure(of: vector, [1], buffers) == nil)
        }
    }

    @Test("A request that is longer than the server takes is refused here at once, and uses no id up")
    func tooLong() async throws {
        let narrow: Line.ReplyFate = { reply in
            guard case .hello = reply.kind else { return [reply] }
            var narrow = reply
            narrow.hello.limits.maxMessageBytes = 1_000
            return [narrow]
        }
        let served = Served(line: Line(reply: narrow))
        try await served { [steps = served.steps] client in
            let (many, few) = (
                try RemoteVector(client, make: .counting(200)), try RemoteVector(client, make: .counting(20))
            )
            for vector in [many, few] {
                let buffers = RowBuffers(for: vector)
                let nobodys = [Seed?](repeating: nil, count: vector.count)
                _ = try? vector.resetNow(seeds: nobodys, mask: nil, into: buffers)
                let actions = [Int64](repeating: 1, count: vector.count)
                guard vector.count == 200 else {
                    #expect(failure(of: vector, actions, buffers) == nil)
                    continue
                }
                let begun = ContinuousClock.now
                #expect(failure(of: vector, actions, buffers)?.reason == .crashed)
                guard case .refused(let refusal) = vector.failure else {
                    Issue.record("expected a refusal, got \(String(describing: vector.failure))")
                    continue
                }
                #expect(refusal.reason == .messageTooLarge)
                #expect(refusal.message.contains("1000 at most; nothing was sent"))
                #expect(ContinuousClock.now - begun < .seconds(5))
                #expect(steps.now == 0)
                #expect(try vector.resetNow(seeds: nobodys, mask: nil, into: buffers).count == 200)
            }
        }
        let error = await #expect(throws: ClientError.self) {
            try await Served(line: Line(reply: narrow)) { client in
                var make = RemoteMake.counting(1)
                make.arguments.append(.init("note", .text(String(repeating: "x", count: 2_000))))
                _ = try RemoteVector(client, make: make)
            }
        }
        #expect(error?.description.contains("the make has") == true)
    }

    @Test("A reset of some that fails is not made good by one of others")
    func partialReset() async throws {
        try await Served { client in
            let vector = try RemoteVector(client, make: .counting(2))
            let buffers = RowBuffers(for: vector)
            try vector.begin(seeds: [Seed(5), Seed(6)], into: buffers)
            _ = try? vector.resetNow(seeds: [Seed(1)], mask: [true, false], into: buffers)
            #expect(failure(of: vector, [1, 1], buffers)?.reason == .unsupported)
            _ = try? vector.resetNow(seeds: [nil, nil], mask: [false, true], into: buffers)
            #expect(failure(of: vector, [1, 1], buffers)?.reason == .resetNeeded)
            _ = try? vector.resetNow(seeds: [Seed(1), nil], mask: [true, false], into: buffers)
            #expect(failure(of: vector, [1, 1], buffers) == nil)
        }
    }
}

/// Whether a line is silent, as a test says.
final class Silence: Sendable {
    private let isSilent = Atomic(false)

    var now: Bool { isSilent.load(ordering: .acquiring) }

    func set(_ value: Bool) { isSilent.store(value, ordering: .releasing) }
}

/// A die with six sides, for any thread.
final class Chance: Sendable {
    private let generator: Mutex<PCG64>

    init(_ seed: UInt64) {
        generator = Mutex(PCG64(seed: Seed(seed)))
    }

    func draw() -> UInt64 { generator.withLock { $0.next() % 6 } }
}
